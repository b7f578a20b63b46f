// Blocked signals wait, once or as often as sent, and come in order when they are let in.
#include <signal.h>
#include <unistd.h>

#include "check.h"

static void tell(int signo, siginfo_t* info, void* context) {
  (void)context;
  printf("got %d value %d\n", signo < 32 ? signo : signo - SIGRTMIN + 100,
         info->si_code == SI_QUEUE ? info->si_value.sival_int : -1);
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = tell;
  action.sa_flags = SA_SIGINFO;
  sigfillset(&action.sa_mask);
  int signals[] = {SIGUSR1, SIGUSR2, SIGRTMIN + 1, SIGRTMIN + 2};
  sigset_t mask, old, pending;
  sigemptyset(&mask);
  for (int i = 0; i < 4; i++) {
    CHECK(sigaction(signals[i], &action, NULL) == 0);
    sigaddset(&mask, signals[i]);
  }
  CHECK(sigprocmask(SIG_BLOCK, &mask, &old) == 0);
  for (int i = 0; i < 3; i++) {
    CHECK(sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = i}) == 0);
    CHECK(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 10 + i}) == 0);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
  }
  CHECK(sigpending(&pending) == 0);
  printf("pending %d %d %d %d term %d\n", sigismember(&pending, SIGUSR1),
         sigismember(&pending, SIGUSR2), sigismember(&pending, SIGRTMIN + 1),
         sigismember(&pending, SIGRTMIN + 2), sigismember(&pending, SIGTERM));
  printf("now\n");
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
  printf("then\n");
  CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
  kill(getpid(), SIGUSR1);
  signal(SIGUSR1, SIG_IGN);
  CHECK(sigpending(&pending) == 0);
  printf("ignoring drops it: %d\n", sigismember(&pending, SIGUSR1));
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
  CHECK_FAILS(sigprocmask(12, &old, NULL), EINVAL);
  return 0;
}
