// QR decomposition by modified Gram-Schmidt: strided sums and square roots.
#include <math.h>
#include <string.h>

#include "../timing.h"

enum { kRows = 200, kColumns = 160 };

static double a[kRows][kColumns];
static double q[kRows][kColumns];
static double r[kColumns][kColumns];

static uint64_t kernel(void) {
  for (int i = 0; i < kRows; i++) {
    for (int j = 0; j < kColumns; j++)
      a[i][j] = (double)(i * j % kRows) / kRows * 100 + (i == j ? 10 : 0);
  }
  for (int k = 0; k < kColumns; k++) {
    double norm = 0;
    for (int i = 0; i < kRows; i++)
      norm += a[i][k] * a[i][k];
    r[k][k] = sqrt(norm) + 1e-9;
    for (int i = 0; i < kRows; i++)
      q[i][k] = a[i][k] / r[k][k];
    for (int j = k + 1; j < kColumns; j++) {
      r[k][j] = 0;
      for (int i = 0; i < kRows; i++)
        r[k][j] += q[i][k] * a[i][j];
      for (int i = 0; i < kRows; i++)
        a[i][j] -= q[i][k] * r[k][j];
    }
  }
  double sum = 0;
  for (int k = 0; k < kColumns; k++)
    sum += r[k][k];
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  return bits;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
