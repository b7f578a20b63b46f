// Iterations of the Mandelbrot set on a grid.
#include "../timing.h"

enum { kWidth = 240, kHeight = 160, kLimit = 200 };

static uint64_t kernel(void) {
  uint64_t checksum = 0;
  for (int row = 0; row < kHeight; row++) {
    for (int column = 0; column < kWidth; column++) {
      const double cr = column * 3.0 / kWidth - 2.0;
      const double ci = row * 2.0 / kHeight - 1.0;
      double zr = 0;
      double zi = 0;
      int n = 0;
      while (n < kLimit && zr * zr + zi * zi < 4) {
        const double next = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = next;
        n++;
      }
      checksum = checksum * 31 + (uint64_t)n;
    }
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
