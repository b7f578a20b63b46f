// signal.self: raise a signal, run its handler, go on.
#include <signal.h>

#include "../timing.h"

static volatile sig_atomic_t num_seen;

static void seen(int signo) {
  (void)signo;
  num_seen++;
}

static void raise_one(void) {
  const int before = num_seen;
  MUST(raise(SIGUSR1) == 0 && num_seen == before + 1);
}

int main(int argc, char** argv) {
  const struct sigaction action = {.sa_handler = seen};
  MUST(sigaction(SIGUSR1, &action, NULL) == 0);
  run_operation(raise_one, argc > 1 ? atoi(argv[1]) : 5, 5000);
  return 0;
}
