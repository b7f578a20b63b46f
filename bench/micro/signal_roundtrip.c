// signal.roundtrip: a signal to another process, whose handler answers with one.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"

static volatile sig_atomic_t num_seen;
static sigset_t open_mask;

static void seen(int signo) {
  (void)signo;
  num_seen++;
}

static void await_signal(void) {
  while (num_seen == 0)
    sigsuspend(&open_mask);
  num_seen--;
}

static pid_t partner;

static void round_trip(void) {
  MUST(kill(partner, SIGUSR1) == 0);
  await_signal();
}

static void answer(void) {
  partner = getppid();
  for (;;) {
    await_signal();
    MUST(kill(partner, SIGUSR1) == 0);
  }
}

int main(int argc, char** argv) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  MUST(sigprocmask(SIG_BLOCK, &blocked, &open_mask) == 0);
  const struct sigaction action = {.sa_handler = seen};
  MUST(sigaction(SIGUSR1, &action, NULL) == 0);
  partner = fork();
  MUST(partner >= 0);
  if (partner == 0) answer();
  run_operation(round_trip, argc > 1 ? atoi(argv[1]) : 5, 2000);
  MUST(kill(partner, SIGKILL) == 0 && waitpid(partner, NULL, 0) == partner);
  return 0;
}
