#include <string.h>
#include <lind-copy.h>
#undef memcpy

LIND_BULK void *
memcpy (void *restrict d, const void *restrict s, size_t n)
{
  if (n <= 32)
    {
      lind_copy_short (d, s, n);
      return d;
    }
  if (n > LIND_BULK_BYTES)
    return __builtin_memcpy (d, s, n);
  const lind_vec last = LIND_AT (const lind_vec_u, s, n - 16);
  for (size_t i = 0; i + 16 < n; i += 16)
    LIND_AT (lind_vec_u, d, i) = LIND_AT (const lind_vec_u, s, i);
  LIND_AT (lind_vec_u, d, n - 16) = last;
  return d;
}
libc_hidden_builtin_def (memcpy)
