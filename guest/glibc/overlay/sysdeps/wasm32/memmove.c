#include <string.h>
#include <lind-copy.h>
#undef memmove

LIND_BULK void *
memmove (void *d, const void *s, size_t n)
{
  if (n <= 32)
    {
      lind_copy_short (d, s, n);
      return d;
    }
  if (n > LIND_BULK_BYTES)
    return __builtin_memmove (d, s, n);
  const lind_vec first = LIND_AT (const lind_vec_u, s, 0);
  const lind_vec last = LIND_AT (const lind_vec_u, s, n - 16);
  /* Each store stays behind the loads that are still to come.  */
  if ((uintptr_t) d - (uintptr_t) s >= n)
    for (size_t i = 16; i + 16 < n; i += 16)
      LIND_AT (lind_vec_u, d, i) = LIND_AT (const lind_vec_u, s, i);
  else
    for (size_t i = n - 16; i > 16; )
      {
	i -= 16;
	LIND_AT (lind_vec_u, d, i) = LIND_AT (const lind_vec_u, s, i);
      }
  LIND_AT (lind_vec_u, d, 0) = first;
  LIND_AT (lind_vec_u, d, n - 16) = last;
  return d;
}
libc_hidden_builtin_def (memmove)
