// grate.contention: argv[2] processes call one grate at once.  Prints wall time divided by all
// calls.

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"
#include "lind/grate.h"

enum { CALLS = 400000 };

static lind_result answer(struct lind_call* call) {
  (void)call;
  return 1;
}

static void run_callers(int callers) {
  for (int i = 0; i < callers; i++) {
    const pid_t child = lind_fork();
    MUST(child >= 0);
    if (child > 0) continue;
    for (int j = 0; j < CALLS / callers; j++)
      MUST(syscall(SYS_getppid) == 1);
    _exit(0);
  }
  int status = 0;
  for (int i = 0; i < callers; i++)
    MUST(wait(&status) > 0 && status == 0);
}

int main(int argc, char** argv) {
  MUST(argc == 3);
  MUST(lind_on(SYS_getppid, answer) == 0);
  const int callers = atoi(argv[2]);
  run_callers(callers);
  for (int round = 0; round < atoi(argv[1]); round++) {
    const uint64_t start = now_ns();
    run_callers(callers);
    printf("%.1f\n", (double)(now_ns() - start) / CALLS);
  }
  return 0;
}
