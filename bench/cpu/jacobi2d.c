// A two-dimensional five-point stencil over doubles, back and forth between two grids.
#include <string.h>

#include "../timing.h"

enum { kSize = 400, kSteps = 40 };

static double a[kSize][kSize];
static double b[kSize][kSize];

static void step(double (*to)[kSize], double (*from)[kSize]) {
  for (int i = 1; i < kSize - 1; i++) {
    for (int j = 1; j < kSize - 1; j++) {
      to[i][j] =
          0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i + 1][j] + from[i - 1][j]);
    }
  }
}

static uint64_t kernel(void) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      a[i][j] = b[i][j] = (double)(i * (j + 2) + 2) / kSize;
    }
  }
  for (int t = 0; t < kSteps; t++) {
    step(b, a);
    step(a, b);
  }
  uint64_t bits;
  memcpy(&bits, &a[kSize / 2][kSize / 3], sizeof bits);
  return bits;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
