// Product of two matrices of doubles, rows by columns.
#include <string.h>

#include "../timing.h"

enum { kSize = 200 };

static double a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];

static uint64_t kernel(void) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      a[i][j] = i * 0.5 - j;
      b[i][j] = j * 0.25 + i;
    }
  }
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      double sum = 0;
      for (int k = 0; k < kSize; k++)
        sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  }
  uint64_t checksum = 0;
  for (int i = 0; i < kSize; i++) {
    uint64_t bits;
    memcpy(&bits, &c[i][(i * 7) % kSize], sizeof bits);
    checksum = checksum * 31 + bits;
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
