/* The compiler turns the builtin into one bulk-memory instruction.  */
#include <string.h>
#undef memset
void *
memset (void *d, int c, size_t n)
{
  return __builtin_memset (d, c, n);
}
libc_hidden_builtin_def (memset)
