#include <string.h>
#include <lind-context.h>

int
__swapcontext (ucontext_t *restrict oucp, const ucontext_t *restrict ucp)
{
  struct lind_runner *me = __lind_current_runner ();
  __lind_block_signals (&oucp->uc_sigmask);
  memset (&oucp->uc_mcontext, 0, sizeof oucp->uc_mcontext);
  oucp->uc_mcontext.__reserved[0] = (uintptr_t) me;
  const int result = __lind_switch (me, ucp);
  if (result != 0)
    __lind_unblock_signals (&oucp->uc_sigmask);
  return result;
}
weak_alias (__swapcontext, swapcontext)
