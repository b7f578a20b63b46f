/* The child runs on the parent's memory while the parent waits.  Nothing of
   this frame may live in linear memory: the child overwrites it.  */
#include <sched.h>
#include <signal.h>
#include <unistd.h>
#include <sysdep.h>
__pid_t
__vfork (void)
{
  return INLINE_SYSCALL_CALL (clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
}
libc_hidden_def (__vfork)
weak_alias (__vfork, vfork)
