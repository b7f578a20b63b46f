#include <string.h>
#include <lind-vector.h>
#undef strcmp

#define PAGE 4096u

/* Whether 16 bytes from P on may reach into another page.  */
static inline int
near_page_end (const void *p)
{
  return ((uintptr_t) p & (PAGE - 1)) > PAGE - 16;
}

LIND_SIMD int
strcmp (const char *a, const char *b)
{
  for (;;)
    {
      if (near_page_end (a) || near_page_end (b))
	{
	  const unsigned char x = *a, y = *b;
	  if (x != y || x == 0)
	    return x - y;
	  ++a;
	  ++b;
	  continue;
	}
      const lind_vec x = LIND_AT (const lind_vec_u, a, 0);
      const lind_vec y = LIND_AT (const lind_vec_u, b, 0);
      const unsigned found = lind_bits ((x != y) | (x == 0));
      if (found != 0)
	{
	  const unsigned i = __builtin_ctz (found);
	  return LIND_AT (const uint8_t, a, i) - LIND_AT (const uint8_t, b, i);
	}
      a += 16;
      b += 16;
    }
}
libc_hidden_builtin_def (strcmp)
