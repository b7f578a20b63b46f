// LU decomposition without pivoting, in place.
#include <string.h>

#include "../timing.h"

enum { kSize = 320 };

static double a[kSize][kSize];

static uint64_t kernel(void) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++)
      a[i][j] = 1.0 / (1 + i + j) + (i == j ? kSize : 0);
  }
  for (int k = 0; k < kSize; k++) {
    for (int i = k + 1; i < kSize; i++) {
      a[i][k] /= a[k][k];
      for (int j = k + 1; j < kSize; j++)
        a[i][j] -= a[i][k] * a[k][j];
    }
  }
  double sum = 0;
  for (int i = 0; i < kSize; i++)
    sum += a[i][i];
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  return bits;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
