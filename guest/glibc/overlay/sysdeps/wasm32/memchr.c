#include <string.h>
#include <lind-vector.h>
#undef __memchr
#undef memchr

/* N may be larger than what is left of the address space: then there is a
   match before its end.  */
LIND_SIMD void *
__memchr (const void *s, int c, size_t n)
{
  if (n == 0)
    return NULL;
  const lind_vec wanted = lind_splat (c);
  const lind_vec *p = lind_block (s);
  unsigned found = lind_bits (*p == wanted) & lind_from (s);
  /* Bytes of the blocks before the next one that count.  */
  size_t seen = 16 - ((uintptr_t) s & 15);
  while (found == 0 && seen < n)
    {
      found = lind_bits (*++p == wanted);
      seen += 16;
    }
  if (found == 0)
    return NULL;
  const char *at = (const char *) p + __builtin_ctz (found);
  return (size_t) (at - (const char *) s) < n ? (char *) at : NULL;
}
weak_alias (__memchr, memchr)
libc_hidden_builtin_def (memchr)
