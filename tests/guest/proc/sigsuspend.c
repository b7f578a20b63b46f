// sigsuspend lets a signal in, comes back with EINTR, and puts the mask back; pause; sigtimedwait.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile int got;
static void handler(int signo) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  got = signo;
  printf("handler %d, usr2 blocked %d\n", signo, sigismember(&mask, SIGUSR2));
}

int main(void) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
  sigset_t both, usr1, old;
  sigemptyset(&both);
  sigaddset(&both, SIGUSR1);
  sigaddset(&both, SIGUSR2);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  CHECK(sigprocmask(SIG_BLOCK, &both, &old) == 0);
  pid_t parent = getpid();
  for (int round = 0; round < 3; round++) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
      kill(parent, SIGUSR2);
      kill(parent, SIGUSR1);
      _exit(0);
    }
    sigset_t all_but_usr1;
    sigfillset(&all_but_usr1);
    sigdelset(&all_but_usr1, SIGUSR1);
    got = 0;
    CHECK_FAILS(sigsuspend(&all_but_usr1), EINTR);
    CHECK(got == SIGUSR1);
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    printf("blocked again: %d %d\n", sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2));
    CHECK(waitpid(pid, NULL, 0) == pid);
    siginfo_t info;
    CHECK(sigwaitinfo(&both, &info) == SIGUSR2);
    printf("waited for %d code %d from child %d\n", info.si_signo, info.si_code,
           info.si_pid == pid);
  }
  struct timespec zero = {0, 0}, little = {0, 20000000}, wrong = {0, 1000000000};
  CHECK_FAILS(sigtimedwait(&both, NULL, &zero), EAGAIN);
  CHECK_FAILS(sigtimedwait(&both, NULL, &little), EAGAIN);
  CHECK_FAILS(sigtimedwait(&both, NULL, &wrong), EINVAL);
  kill(getpid(), SIGUSR1);
  CHECK(sigtimedwait(&both, NULL, &zero) == SIGUSR1);
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
  fflush(stdout);
  CHECK(sigprocmask(SIG_BLOCK, &usr1, NULL) == 0);
  kill(getpid(), SIGUSR1);
  CHECK_FAILS(sigsuspend(&old), EINTR);
  printf("done\n");
  return 0;
}
