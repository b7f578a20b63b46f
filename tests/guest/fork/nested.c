// Forks inside forks, three generations deep at different stack depths, ending in order.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

__attribute__((noinline)) static int at_depth(int depth, int (*call)(int), int argument) {
  volatile double weight = depth * 1.5;
  const int result = depth == 0 ? call(argument) : at_depth(depth - 1, call, argument);
  return result + (weight == depth * 1.5 ? 0 : 1000);
}

static int generation(int level) {
  int total = 0;
  for (int i = 0; i < 3; i++) {
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      const int below = level == 0 ? 0 : at_depth(level * 20 + i, generation, level - 1);
      printf("level %d child %d: below %d\n", level, i, below);
      fflush(stdout);
      _exit(level * 10 + i + below % 7);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    total += WEXITSTATUS(status);
  }
  return total;
}

int main(void) {
  printf("total %d\n", at_depth(50, generation, 2));
  return 0;
}
