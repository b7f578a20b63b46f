#include <stdlib.h>
#include <lind-context.h>

int
__setcontext (const ucontext_t *ucp)
{
  sigset_t mask;
  __lind_block_signals (&mask);
  if (__lind_switch (__lind_current_runner (), ucp) == 0)
    abort ();			/* Nothing was saved here to come back to.  */
  __lind_unblock_signals (&mask);
  return -1;
}
weak_alias (__setcontext, setcontext)
