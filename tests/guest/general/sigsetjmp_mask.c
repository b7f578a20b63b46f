// sigsetjmp restores the signal mask when asked to, and siglongjmp leaves a handler.
#include <setjmp.h>
#include <signal.h>

#include "check.h"

static sigjmp_buf target;

static void leave(int signal) {
  siglongjmp(target, signal);
}

static int is_blocked(int signal) {
  sigset_t mask;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
  return sigismember(&mask, signal);
}

int main(void) {
  CHECK(signal(SIGUSR1, leave) != SIG_ERR);
  for (int save = 0; save < 2; save++) {
    const int value = sigsetjmp(target, save);
    if (value == 0) {
      CHECK(raise(SIGUSR1) == 0);
      puts("not reached");
      return 1;
    }
    printf("saved %d: signal %d, blocked %d\n", save, value == SIGUSR1, is_blocked(SIGUSR1));
    sigset_t mask;
    sigemptyset(&mask);
    CHECK(sigprocmask(SIG_SETMASK, &mask, NULL) == 0);
  }
  return 0;
}
