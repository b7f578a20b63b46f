// The first program of a run may crash as well; the runtime's status tells.
// expect: signal SIGSEGV
#include <stdint.h>
#include <stdio.h>

int main(void) {
  puts("before");
  fflush(stdout);
  volatile uintptr_t nowhere = 0;
  *(volatile int*)nowhere = 1;
  return 0;
}
