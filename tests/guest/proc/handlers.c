// Flags of sigaction: what a handler is told, what is blocked while it runs, when it is forgotten.
#include <signal.h>
#include <unistd.h>

#include "check.h"

static volatile int depth, deepest, calls;

static void nested(int signo) {
  calls++;
  if (++depth > deepest) deepest = depth;
  if (calls < 4) raise(signo);
  depth--;
}

static void tell(int signo, siginfo_t* info, void* context) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  printf("signo %d code %d from me %d context %d blocked: self %d usr2 %d term %d\n", signo,
         info->si_code, info->si_pid == getpid(), context != NULL, sigismember(&mask, signo),
         sigismember(&mask, SIGUSR2), sigismember(&mask, SIGTERM));
}

static void install(int signo, int flags, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaddset(&action.sa_mask, SIGUSR2);
  CHECK(sigaction(signo, &action, NULL) == 0);
}

static void show_nested(const char* name, int flags) {
  depth = deepest = calls = 0;
  install(SIGUSR1, flags, nested);
  raise(SIGUSR1);
  struct sigaction action;
  sigaction(SIGUSR1, NULL, &action);
  printf("%s: calls %d deepest %d default now %d\n", name, calls, deepest,
         action.sa_handler == SIG_DFL);
}

int main(void) {
  show_nested("plain", 0);
  show_nested("nodefer", SA_NODEFER);
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = tell;
  action.sa_flags = SA_SIGINFO;
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaddset(&action.sa_mask, SIGKILL);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
  struct sigaction old;
  CHECK(sigaction(SIGUSR1, NULL, &old) == 0);
  printf("flags %x mask: usr2 %d kill %d\n", old.sa_flags & SA_SIGINFO,
         sigismember(&old.sa_mask, SIGUSR2), sigismember(&old.sa_mask, SIGKILL));
  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  printf("after: usr1 %d usr2 %d\n", sigismember(&mask, SIGUSR1), sigismember(&mask, SIGUSR2));
  CHECK_FAILS(sigaction(SIGKILL, &action, NULL), EINVAL);
  CHECK_FAILS(sigaction(SIGSTOP, &action, NULL), EINVAL);
  CHECK_FAILS(sigaction(65, &action, NULL), EINVAL);
  CHECK_FAILS(sigaction(0, &action, NULL), EINVAL);
  install(SIGUSR1, SA_RESETHAND | SA_NODEFER, nested);
  calls = 4;
  raise(SIGUSR1);
  sigaction(SIGUSR1, NULL, &old);
  printf("resethand: default now %d\n", old.sa_handler == SIG_DFL);
  return 0;
}
