/* The part of sigsetjmp that is an ordinary function, see bits/setjmp.h.  */
#include <setjmp.h>
struct __jmp_buf_tag *
__lind_sigsave (struct __jmp_buf_tag *env, int savemask)
{
  __sigjmp_save (env, savemask);
  return env;
}
