/* clone for wasm32.  Threads start through an exported entry.  In every other
   case the call returns twice and the child runs FN on the parent's shadow
   stack, also with CLONE_VM: CLONE_VFORK keeps the parent waiting.  */
#include <sysdep.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>
#include <clone_internal.h>
#include <libc-pointer-arith.h>
#include <lind-clone.h>
/* For the linker to keep the entry point.  */
extern void lind_thread_start (struct lind_clone_block *);

static int
do_clone (int (*fn) (void *), char *stack_top, unsigned int flags, void *arg,
	  void *ptid, void *tls, void *ctid)
{
  long r;
  if (flags & CLONE_THREAD)
    {
      struct lind_clone_block *b = (void *) ((uintptr_t) stack_top & -16ul);
      --b;
      b->fn = fn;
      b->arg = arg;
      b->tls = tls;
      b->flags = flags;
      r = INTERNAL_SYSCALL_CALL (clone, flags, b, ptid, ctid,
				 (uintptr_t) &lind_thread_start);
    }
  else
    {
      flags &= ~CLONE_SETTLS;
      r = INTERNAL_SYSCALL_CALL (clone, flags, 0, ptid, ctid, 0);
      if (r == 0)
	_exit (fn (arg));
    }
  if (INTERNAL_SYSCALL_ERROR_P (r))
    {
      __set_errno (INTERNAL_SYSCALL_ERRNO (r));
      return -1;
    }
  return r;
}

int
__clone_internal (struct clone_args *a, int (*fn) (void *), void *arg)
{
  return do_clone (fn, (char *) cast_to_pointer (a->stack) + a->stack_size,
		   a->flags | a->exit_signal, arg,
		   cast_to_pointer (a->parent_tid), cast_to_pointer (a->tls),
		   cast_to_pointer (a->child_tid));
}
libc_hidden_def (__clone_internal)

int
__clone (int (*fn) (void *), void *stack, int flags, void *arg, ...)
{
  va_list ap;
  va_start (ap, arg);
  void *ptid = va_arg (ap, void *);
  void *tls = va_arg (ap, void *);
  void *ctid = va_arg (ap, void *);
  va_end (ap);
  return do_clone (fn, stack, flags, arg, ptid, tls, ctid);
}
libc_hidden_def (__clone)
weak_alias (__clone, clone)
