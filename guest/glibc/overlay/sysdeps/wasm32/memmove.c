/* The compiler turns the builtin into one bulk-memory instruction.  */
#include <string.h>
#undef memmove
void *
memmove (void *d, const void *s, size_t n)
{
  return __builtin_memmove (d, s, n);
}
libc_hidden_builtin_def (memmove)
