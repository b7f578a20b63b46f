/* User contexts (ucontext.h).  A wasm program cannot move its native stack, so
   each context that makecontext makes has a thread of the runtime, its runner,
   and switching hands over from one runner to another.  Runners of one POSIX
   thread share its thread pointer: pthread_self, errno and thread-local
   variables are those of whoever resumed.  */
#ifndef _LIND_CONTEXT_H
#define _LIND_CONTEXT_H 1
#include <signal.h>
#include <ucontext.h>

enum { LIND_CONTEXT_MAX_ARGUMENTS = 8 };

struct lind_runner
{
  int turn;			/* Futex: not 0 when it may go on.  */
  int tid;			/* Futex: 0 when its thread has ended.  */
  int pid;			/* Of the process its thread is in.  */
  int die;			/* It is to end instead of going on.  */
  int started;
  void *tls;			/* Thread pointer of who resumed it.  */
  ucontext_t resumed;		/* What it goes on with.  */
  /* Of makecontext: */
  char *stack;
  size_t stack_size;
  void (*function) (void);
  int argc;
  int arguments[LIND_CONTEXT_MAX_ARGUMENTS];
  const ucontext_t *link;
  struct lind_runner *next;	/* In the list of all that were made.  */
};

/* The runner that code is in now.  */
extern struct lind_runner *__lind_current_runner (void) attribute_hidden;
/* Leaves ME, with all signals blocked, for UCP.  0 once somebody has resumed
   what ME has saved, -1 with errno if UCP cannot be resumed: ENOSYS, its
   runner was left behind by a fork, or what clone says.  */
extern int __lind_switch (struct lind_runner *me, const ucontext_t *ucp)
  attribute_hidden;
extern void __lind_block_signals (sigset_t *old) attribute_hidden;
extern void __lind_unblock_signals (const sigset_t *mask) attribute_hidden;
#endif
