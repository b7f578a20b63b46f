#include <string.h>
#include <lind-vector.h>
#undef memcmp
#undef bcmp
#undef __memcmpeq

static inline int
compare_word (const void *a, const void *b, size_t at)
{
  const uint64_t x = __builtin_bswap64 (LIND_AT (const lind_u64, a, at));
  const uint64_t y = __builtin_bswap64 (LIND_AT (const lind_u64, b, at));
  return x == y ? 0 : x < y ? -1 : 1;
}

LIND_SIMD int
memcmp (const void *a, const void *b, size_t n)
{
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    {
      const lind_vec x = LIND_AT (const lind_vec_u, a, i);
      const lind_vec y = LIND_AT (const lind_vec_u, b, i);
      const unsigned different = lind_bits (x != y);
      if (different != 0)
	{
	  i += __builtin_ctz (different);
	  return LIND_AT (const uint8_t, a, i) - LIND_AT (const uint8_t, b, i);
	}
    }
  if (i + 8 <= n)
    {
      const int order = compare_word (a, b, i);
      if (order != 0)
	return order;
      i += 8;
    }
  if (n >= 8)
    /* The last word once more; what it has in common with the ones before
       is equal.  */
    return i == n ? 0 : compare_word (a, b, n - 8);
  for (; i < n; ++i)
    {
      const int order
	= LIND_AT (const uint8_t, a, i) - LIND_AT (const uint8_t, b, i);
      if (order != 0)
	return order;
    }
  return 0;
}
libc_hidden_builtin_def (memcmp)
weak_alias (memcmp, bcmp)
strong_alias (memcmp, __memcmpeq)
libc_hidden_def (__memcmpeq)
