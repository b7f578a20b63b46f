#include <string.h>
#include <lind-vector.h>
#undef memset

/* Short ones by stores that overlap; long ones are one instruction.  */
LIND_BULK void *
memset (void *d, int c, size_t n)
{
  if (n >= 16)
    {
      if (n > LIND_BULK_BYTES)
	return __builtin_memset (d, c, n);
      const lind_vec v = lind_splat (c);
      for (size_t i = 0; i + 16 < n; i += 16)
	LIND_AT (lind_vec_u, d, i) = v;
      LIND_AT (lind_vec_u, d, n - 16) = v;
      return d;
    }
  const uint64_t word = (uint8_t) c * UINT64_C (0x0101010101010101);
  if (n >= 8)
    {
      LIND_AT (lind_u64, d, 0) = word;
      LIND_AT (lind_u64, d, n - 8) = word;
    }
  else if (n >= 4)
    {
      LIND_AT (lind_u32, d, 0) = (uint32_t) word;
      LIND_AT (lind_u32, d, n - 4) = (uint32_t) word;
    }
  else if (n != 0)
    {
      LIND_AT (char, d, 0) = (char) c;
      LIND_AT (char, d, n / 2) = (char) c;
      LIND_AT (char, d, n - 1) = (char) c;
    }
  return d;
}
libc_hidden_builtin_def (memset)
