#include <string.h>
#include <lind-vector.h>
#undef strlen

LIND_SIMD size_t
strlen (const char *s)
{
  const lind_vec *p = lind_block (s);
  unsigned found = lind_bits (*p == 0) & lind_from (s);
  while (found == 0)
    found = lind_bits (*++p == 0);
  return (const char *) p + __builtin_ctz (found) - s;
}
libc_hidden_builtin_def (strlen)
