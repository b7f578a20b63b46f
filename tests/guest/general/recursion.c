// A recursion of a hundred thousand frames fits the 8 MiB stack that Linux gives.
#include "check.h"

__attribute__((noinline)) static unsigned collatz(unsigned long long n, unsigned depth) {
  if (depth == 0) return (unsigned)n;
  return collatz(n % 2 == 0 ? n / 2 : 3 * n + 1, depth - 1) + 1;
}

static int ackermann(int m, int n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

int main(void) {
  printf("%u\n", collatz(27, 100000));
  printf("%d\n", ackermann(2, 500));
  return 0;
}
