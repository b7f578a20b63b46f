// A jump out of a deep recursion with every kind of local alive; the same frame again and again.
#include <setjmp.h>

#include "check.h"

static jmp_buf top;

__attribute__((noinline)) static double descend(int depth, double sum, long long product,
                                                char* name) {
  char local[32];
  snprintf(local, sizeof local, "%s%d", name, depth % 10);
  if (depth == 0) longjmp(top, (int)(product % 1000) + 1);
  const double below = descend(depth - 1, sum * 0.5 + depth, product * 31 + depth, local);
  return below + local[0] + sum;
}

int main(void) {
  volatile double kept = 1.25;
  volatile int round = 0;
  const int code = setjmp(top);
  if (code != 0) {
    printf("round %d code %d kept %g\n", round, code, kept);
    kept = kept * 2;
  }
  if (round < 5) {
    round = round + 1;
    descend(2000 * round, 0, round, "n");
  }
  return 0;
}
