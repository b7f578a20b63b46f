/* makecontext, and how runners take turns; see lind-context.h.  */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <atomic.h>
#include <lowlevellock.h>
#include <lowlevellock-futex.h>
#include <sysdep.h>
#include <tls.h>
#include <lind-context.h>

__asm__ (".globaltype __tls_base, i32\n"
	 ".section .text.__lind_set_tls_base,\"\",@\n"
	 ".globl __lind_set_tls_base\n"
	 ".hidden __lind_set_tls_base\n"
	 ".type __lind_set_tls_base,@function\n"
	 "__lind_set_tls_base:\n"
	 ".functype __lind_set_tls_base (i32) -> ()\n"
	 "local.get 0\n"
	 "global.set __tls_base\n"
	 "end_function\n");
extern void __lind_set_tls_base (void *);
extern void __lind_longjmp (const void *, int)
  __attribute__ ((noreturn, import_module ("lind"), import_name ("longjmp")));

static struct lind_runner *made;
static int made_lock = LLL_LOCK_INITIALIZER;

static __thread struct lind_runner first_runner;
static __thread struct lind_runner *current_runner;

/* Not inlined, here and below: the thread pointer changes between calls, which
   the compiler does not expect within a function.  */
struct lind_runner *
__attribute__ ((noinline))
__lind_current_runner (void)
{
  if (current_runner == NULL)
    {
      first_runner.started = 1;
      current_runner = &first_runner;
    }
  return current_runner;
}

static void
__attribute__ ((noinline))
set_runner (struct lind_runner *runner)
{
  current_runner = runner;
}

static void *
__attribute__ ((noinline))
thread_pointer (void)
{
  return __builtin_wasm_tls_base ();
}

void
__lind_block_signals (sigset_t *old)
{
  sigset_t all;
  memset (&all, -1, sizeof all);
  INTERNAL_SYSCALL_CALL (rt_sigprocmask, SIG_BLOCK, &all, old, __NSIG_BYTES);
}

void
__lind_unblock_signals (const sigset_t *mask)
{
  INTERNAL_SYSCALL_CALL (rt_sigprocmask, SIG_SETMASK, mask, NULL,
			 __NSIG_BYTES);
}

static _Noreturn void
end_thread (void)
{
  while (1)
    INTERNAL_SYSCALL_CALL (exit, 0);
}

static void
wake (struct lind_runner *runner)
{
  atomic_store_release (&runner->turn, 1);
  lll_futex_wake (&runner->turn, 1, LLL_PRIVATE);
}

/* Waits until another runner resumes ME.  */
static void
__attribute__ ((noinline))
park (struct lind_runner *me)
{
  while (atomic_load_acquire (&me->turn) == 0)
    lll_futex_wait (&me->turn, 0, LLL_PRIVATE);
  me->turn = 0;
  if (me->die)
    end_thread ();
  __lind_set_tls_base (me->tls);
}

/* A context that getcontext filled is a point in a function of its runner.  */
static int
is_point (const ucontext_t *ucp)
{
  return ucp->uc_mcontext.__reserved[0] == 0;
}

static struct lind_runner *
runner_of (const ucontext_t *ucp)
{
  return (struct lind_runner *) (is_point (ucp)
				 ? (uintptr_t) ucp->__uc_flags
				 : (uintptr_t) ucp->uc_mcontext.__reserved[0]);
}

static void
go_on (const ucontext_t *ucp)
{
  __lind_unblock_signals (&ucp->uc_sigmask);
  if (is_point (ucp))
    __lind_longjmp (&ucp->uc_mcontext, 1);
}

static void
call (struct lind_runner *me)
{
  const int *a = me->arguments;
#define TYPE(...) ((void (*) (__VA_ARGS__)) me->function)
  switch (me->argc)
    {
    case 0: me->function (); break;
    case 1: TYPE (int) (a[0]); break;
    case 2: TYPE (int, int) (a[0], a[1]); break;
    case 3: TYPE (int, int, int) (a[0], a[1], a[2]); break;
    case 4: TYPE (int, int, int, int) (a[0], a[1], a[2], a[3]); break;
    case 5:
      TYPE (int, int, int, int, int) (a[0], a[1], a[2], a[3], a[4]);
      break;
    case 6:
      TYPE (int, int, int, int, int, int) (a[0], a[1], a[2], a[3], a[4], a[5]);
      break;
    case 7:
      TYPE (int, int, int, int, int, int, int) (a[0], a[1], a[2], a[3], a[4],
						a[5], a[6]);
      break;
    default:
      TYPE (int, int, int, int, int, int, int, int) (a[0], a[1], a[2], a[3],
						     a[4], a[5], a[6], a[7]);
      break;
    }
#undef TYPE
}

static int resume (const ucontext_t *);

static void
__attribute__ ((noinline))
run (struct lind_runner *me)
{
  __lind_unblock_signals (&me->resumed.uc_sigmask);
  call (me);
  if (me->link == NULL)
    exit (0);
  sigset_t old;
  __lind_block_signals (&old);
  if (resume (me->link) != 0)
    abort ();
}

static int
runner_main (void *argument)
{
  struct lind_runner *me = argument;
  __lind_set_tls_base (me->tls);
  run (me);
  /* The stack may already be somebody else's.  */
  end_thread ();
}

/* The stack belongs to RUNNER alone, whose record outlives its thread: the
   kernel clears TID in it.  */
static int
start (struct lind_runner *runner)
{
  const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND
		    | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID
		    | CLONE_CHILD_CLEARTID;
  runner->started = 1;
  if (__clone (runner_main, runner->stack + runner->stack_size, flags, runner,
	       &runner->tid, NULL, &runner->tid) != -1)
    return 0;
  runner->started = 0;
  return -1;
}

/* Starts or wakes the runner of UCP.  */
static int
resume (const ucontext_t *ucp)
{
  struct lind_runner *runner = runner_of (ucp);
  const int pid = __getpid ();
  if (runner == NULL || (runner->started && runner->pid != pid))
    {
      __set_errno (ENOSYS);
      return -1;
    }
  struct lind_runner *me = __lind_current_runner ();
  me->pid = runner->pid = pid;
  runner->tls = thread_pointer ();
  runner->resumed = *ucp;
  set_runner (runner);
  if (runner->started)
    wake (runner);
  else if (start (runner) != 0)
    {
      set_runner (me);
      return -1;
    }
  return 0;
}

int
__lind_switch (struct lind_runner *me, const ucontext_t *ucp)
{
  if (runner_of (ucp) == me)
    me->resumed = *ucp;
  else
    {
      if (resume (ucp) != 0)
	return -1;
      park (me);
    }
  go_on (&me->resumed);
  return 0;
}

/* Ends and frees the runners whose stacks overlap [LOW, HIGH): whoever makes a
   context there has given them up.  */
static void
give_up (const char *low, const char *high)
{
  struct lind_runner **at = &made;
  while (*at != NULL)
    {
      struct lind_runner *runner = *at;
      if (runner->stack >= high || runner->stack + runner->stack_size <= low
	  || runner == __lind_current_runner ())
	{
	  at = &runner->next;
	  continue;
	}
      *at = runner->next;
      if (runner->started && runner->pid == __getpid ())
	{
	  runner->die = 1;
	  wake (runner);
	  int tid;
	  while ((tid = atomic_load_acquire (&runner->tid)) != 0)
	    lll_futex_wait (&runner->tid, tid, LLL_SHARED);
	}
      free (runner);
    }
}

void
__makecontext (ucontext_t *ucp, void (*function) (void), int argc, ...)
{
  struct lind_runner *runner = calloc (1, sizeof *runner);
  if (runner == NULL || argc < 0 || argc > LIND_CONTEXT_MAX_ARGUMENTS)
    abort ();			/* There is no way to say that it failed.  */
  runner->stack = ucp->uc_stack.ss_sp;
  runner->stack_size = ucp->uc_stack.ss_size;
  runner->function = function;
  runner->argc = argc;
  runner->link = ucp->uc_link;
  va_list arguments;
  va_start (arguments, argc);
  for (int i = 0; i < argc; ++i)
    runner->arguments[i] = va_arg (arguments, int);
  va_end (arguments);

  lll_lock (made_lock, LLL_PRIVATE);
  give_up (runner->stack, runner->stack + runner->stack_size);
  runner->next = made;
  made = runner;
  lll_unlock (made_lock, LLL_PRIVATE);

  memset (&ucp->uc_mcontext, 0, sizeof ucp->uc_mcontext);
  ucp->uc_mcontext.__reserved[0] = (uintptr_t) runner;
}
weak_alias (__makecontext, makecontext)
