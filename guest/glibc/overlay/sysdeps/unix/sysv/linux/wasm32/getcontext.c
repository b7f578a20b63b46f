/* What the macro of ucontext.h calls; a function cannot return twice for its
   caller, so the function of that name fails.  */
#include <errno.h>
#include <string.h>
#include <sysdep.h>
#include <lind-context.h>

mcontext_t *
__lind_context_save (ucontext_t *ucp)
{
  memset (&ucp->uc_mcontext, 0, sizeof ucp->uc_mcontext);
  ucp->__uc_flags = (uintptr_t) __lind_current_runner ();
  INTERNAL_SYSCALL_CALL (rt_sigprocmask, SIG_BLOCK, NULL, &ucp->uc_sigmask,
			 __NSIG_BYTES);
  return &ucp->uc_mcontext;
}

#undef getcontext
int
__getcontext (ucontext_t *ucp)
{
  __set_errno (ENOSYS);
  return -1;
}
weak_alias (__getcontext, getcontext)
