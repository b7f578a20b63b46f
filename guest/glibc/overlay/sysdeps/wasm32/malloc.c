/* Programs that do not ask for statistics do not need stdio for them: what
   prints is set by the functions in lind-malloc-stats.c.  */
#include <stdio.h>
#include <lind-malloc-stats.h>
struct lind_malloc_printer __lind_malloc_printer;
#undef stderr
#define stderr __lind_malloc_printer.stream
#define fprintf __lind_malloc_printer.print
#define fputs __lind_malloc_printer.put
#define malloc_stats __lind_malloc_stats
#define malloc_info __lind_malloc_info
#include <malloc/malloc.c>
