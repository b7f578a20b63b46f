/* The functions of malloc.c that print.  */
#include <malloc.h>
#include <lind-malloc-stats.h>

extern void __lind_malloc_stats (void);
extern int __lind_malloc_info (int, FILE *);

static void
set_printer (void)
{
  __lind_malloc_printer.stream = stderr;
  __lind_malloc_printer.print = fprintf;
  __lind_malloc_printer.put = fputs;
}

void
malloc_stats (void)
{
  set_printer ();
  __lind_malloc_stats ();
}

int
malloc_info (int options, FILE *stream)
{
  set_printer ();
  return __lind_malloc_info (options, stream);
}
