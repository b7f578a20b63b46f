// grate.*: one getppid under grates.  Arguments: rounds, what the grate does, how many grates there
// are.
//   direct: no grate; answer: the lowest one answers; forward: all pass it on.

#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"
#include "lind/grate.h"

static lind_result answer(struct lind_call* call) {
  (void)call;
  return 1;
}

static lind_result forward(struct lind_call* call) {
  (void)call;
  return lind_forward();
}

static void call(void) {
  (void)syscall(SYS_getppid);
}

// Each grate is the child of the one before; the last child measures.
static void run_under(int grates, bool answers, int rounds) {
  if (grates == 0) {
    run_operation(call, rounds, 200000);
    fflush(stdout);
    _exit(0);
  }
  MUST(lind_on(SYS_getppid, answers ? answer : forward) == 0);
  const pid_t child = lind_fork();
  MUST(child >= 0);
  if (child == 0) run_under(grates - 1, false, rounds);
  int status = 0;
  MUST(waitpid(child, &status, 0) == child && status == 0);
  _exit(0);
}

int main(int argc, char** argv) {
  MUST(argc == 4);
  const bool direct = strcmp(argv[2], "direct") == 0;
  run_under(direct ? 0 : atoi(argv[3]), strcmp(argv[2], "answer") == 0, atoi(argv[1]));
}
