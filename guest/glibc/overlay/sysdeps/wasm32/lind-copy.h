/* Copies of at most 32 bytes: everything is loaded before anything is stored,
   so it does not matter how source and target overlap.  */
#ifndef _LIND_COPY_H
#define _LIND_COPY_H 1
#include <lind-vector.h>

#define LIND_COPY_ENDS(type, d, s, n)					\
  do									\
    {									\
      const type first = LIND_AT (const type, s, 0);			\
      const type last = LIND_AT (const type, s, (n) - sizeof (type));	\
      LIND_AT (type, d, 0) = first;					\
      LIND_AT (type, d, (n) - sizeof (type)) = last;			\
    }									\
  while (0)

LIND_SIMD static inline void
lind_copy_short (void *d, const void *s, size_t n)
{
  if (n >= 16)
    LIND_COPY_ENDS (lind_vec_u, d, s, n);
  else if (n >= 8)
    LIND_COPY_ENDS (lind_u64, d, s, n);
  else if (n >= 4)
    LIND_COPY_ENDS (lind_u32, d, s, n);
  else if (n >= 2)
    LIND_COPY_ENDS (lind_u16, d, s, n);
  else if (n == 1)
    LIND_AT (char, d, 0) = LIND_AT (const char, s, 0);
}
#endif
