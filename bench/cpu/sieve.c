// Primes below two million.
#include <string.h>

#include "../timing.h"

enum { kLimit = 2000000 };

static unsigned char composite[kLimit];

static uint64_t kernel(void) {
  memset(composite, 0, sizeof composite);
  uint64_t checksum = 0;
  for (int i = 2; i < kLimit; i++) {
    if (composite[i]) continue;
    checksum = checksum * 3 + (uint64_t)i;
    for (long long j = (long long)i * i; j < kLimit; j += i)
      composite[j] = 1;
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
