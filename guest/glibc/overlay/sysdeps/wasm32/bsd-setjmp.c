/* Real functions of these names, for link probes and for callers that did not
   include <setjmp.h>: a function cannot return twice on behalf of its caller,
   so they refuse.  */
#include <setjmp.h>
#include <stdio.h>
#undef setjmp
#undef _setjmp
#undef sigsetjmp
int
setjmp (struct __jmp_buf_tag *env)
{
  __libc_fatal ("setjmp was called without <setjmp.h>\n");
}
strong_alias (setjmp, _setjmp)

int
__sigsetjmp (struct __jmp_buf_tag *env, int savemask)
{
  __libc_fatal ("sigsetjmp was called without <setjmp.h>\n");
}
weak_alias (__sigsetjmp, sigsetjmp)
