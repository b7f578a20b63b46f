// Calls and returns: the naive Fibonacci recursion.
#include "../timing.h"

__attribute__((noinline)) static unsigned fib(unsigned n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint64_t kernel(void) {
  volatile unsigned n = 30;
  return fib(n);
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
