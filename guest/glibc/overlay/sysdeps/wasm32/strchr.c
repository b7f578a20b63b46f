#include <string.h>
#undef strchr
#undef index

char *
strchr (const char *s, int c)
{
  char *at = __strchrnul (s, c);
  return *at == (char) c ? at : NULL;
}
weak_alias (strchr, index)
libc_hidden_builtin_def (strchr)
