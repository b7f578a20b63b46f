// Queens on a board, counted by recursion over bit masks.
#include "../timing.h"

enum { kBoard = 12 };

static uint64_t place(uint32_t columns, uint32_t down, uint32_t up) {
  const uint32_t all = (1u << kBoard) - 1;
  if (columns == all) return 1;
  uint64_t solutions = 0;
  for (uint32_t open = all & ~(columns | down | up); open != 0; open &= open - 1) {
    const uint32_t bit = open & -open;
    solutions += place(columns | bit, (down | bit) << 1, (up | bit) >> 1);
  }
  return solutions;
}

static uint64_t kernel(void) {
  return place(0, 0, 0);
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
