// Asks getppid until the answer is an error, which Linux never gives: the route to the microvisor
// was changed meanwhile.  The first argument bounds the number of calls (default 1000, 0: no
// bound).
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char** argv) {
  const long bound = argc > 1 ? atol(argv[1]) : 1000;
  puts("asking");
  fflush(stdout);
  for (long i = 0; bound == 0 || i < bound; i++) {
    if (syscall(SYS_getppid) < 0) {
      printf("denied with errno %d\n", errno);
      return 0;
    }
  }
  puts("never denied");
  return 0;
}
