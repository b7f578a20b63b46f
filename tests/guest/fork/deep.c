// fork at every hundredth level of a deep recursion; each side returns through all of its frames.
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kDepth = 3000, kStep = 300 };

static int is_child;

static uint64_t descend(int level, double weight, uint64_t above) {
  uint64_t local[4] = {above, (uint64_t)level, above ^ 0x5555, (uint64_t)(weight * 8)};
  if (level % kStep == 0 && !is_child) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      is_child = level;
    } else {
      int status;
      CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
  }
  uint64_t below = 0;
  if (level < kDepth) below = descend(level + 1, weight + 0.125, above * 31 + (uint64_t)level);
  CHECK(local[0] == above && local[1] == (uint64_t)level && local[2] == (above ^ 0x5555));
  CHECK(local[3] == (uint64_t)(weight * 8));
  return below * 7 + local[0] + local[3];
}

int main(void) {
  const uint64_t sum = descend(1, 0.5, 12345);
  if (is_child) _exit(sum == 0 ? 1 : 0);
  printf("%llu\n", (unsigned long long)sum);
  return 0;
}
