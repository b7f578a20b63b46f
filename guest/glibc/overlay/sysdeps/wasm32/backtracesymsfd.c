/* As backtracesyms.c, line by line.  */
#include <alloca.h>
#include <execinfo.h>
#include <unistd.h>
#include <not-cancel.h>
#include <lind-place.h>

static void
write_line (const void *place, int fd)
{
  size_t size = __lind_describe_place (place, NULL, 0) + 1;
  char *text = alloca (size);
  size_t length = __lind_describe_place (place, text, size);
  text[length] = '\n';
  __write_nocancel (fd, text, length + 1);
}

void
__backtrace_symbols_fd (void *const *array, int size, int fd)
{
  for (int i = 0; i < size; ++i)
    write_line (array[i], fd);
}
weak_alias (__backtrace_symbols_fd, backtrace_symbols_fd)
