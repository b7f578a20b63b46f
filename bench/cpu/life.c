// Conway's game of life on bytes, with edges that meet.
#include <string.h>

#include "../timing.h"

enum { kSize = 256, kSteps = 40 };

static unsigned char now[kSize + 2][kSize + 2], next[kSize + 2][kSize + 2];

static void wrap(void) {
  for (int i = 1; i <= kSize; i++) {
    now[i][0] = now[i][kSize];
    now[i][kSize + 1] = now[i][1];
  }
  memcpy(now[0], now[kSize], sizeof now[0]);
  memcpy(now[kSize + 1], now[1], sizeof now[0]);
}

static uint64_t kernel(void) {
  uint32_t state = 41;
  for (int i = 1; i <= kSize; i++) {
    for (int j = 1; j <= kSize; j++) {
      state = state * 1664525u + 1013904223u;
      now[i][j] = state >> 30 == 0;
    }
  }
  for (int step = 0; step < kSteps; step++) {
    wrap();
    for (int i = 1; i <= kSize; i++) {
      for (int j = 1; j <= kSize; j++) {
        const int around = now[i - 1][j - 1] + now[i - 1][j] + now[i - 1][j + 1] + now[i][j - 1] +
                           now[i][j + 1] + now[i + 1][j - 1] + now[i + 1][j] + now[i + 1][j + 1];
        next[i][j] = around == 3 || (around == 2 && now[i][j]);
      }
    }
    memcpy(now, next, sizeof now);
  }
  uint64_t checksum = 0;
  for (int i = 1; i <= kSize; i++) {
    for (int j = 1; j <= kSize; j++)
      checksum = checksum * 3 + now[i][j];
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
