#include <string.h>
#undef __strnlen
#undef strnlen

size_t
__strnlen (const char *s, size_t n)
{
  const char *end = memchr (s, 0, n);
  return end == NULL ? n : (size_t) (end - s);
}
libc_hidden_def (__strnlen)
weak_alias (__strnlen, strnlen)
libc_hidden_def (strnlen)
