// call.null: one getppid.
#include <sys/syscall.h>
#include <unistd.h>

#include "../timing.h"

static void call(void) {
  (void)syscall(SYS_getppid);
}

int main(int argc, char** argv) {
  run_operation(call, argc > 1 ? atoi(argv[1]) : 5, 100000);
  return 0;
}
