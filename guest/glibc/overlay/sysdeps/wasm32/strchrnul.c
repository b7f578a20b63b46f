#include <string.h>
#include <lind-vector.h>
#undef __strchrnul
#undef strchrnul

LIND_SIMD char *
__strchrnul (const char *s, int c)
{
  const lind_vec wanted = lind_splat (c);
  const lind_vec *p = lind_block (s);
  unsigned found = lind_bits ((*p == wanted) | (*p == 0)) & lind_from (s);
  while (found == 0)
    {
      ++p;
      found = lind_bits ((*p == wanted) | (*p == 0));
    }
  return (char *) p + __builtin_ctz (found);
}
weak_alias (__strchrnul, strchrnul)
