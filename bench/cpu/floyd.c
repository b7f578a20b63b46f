// All shortest paths of a dense graph (Floyd and Warshall).
#include "../timing.h"

enum { kNodes = 300 };

static int path[kNodes][kNodes];

static uint64_t kernel(void) {
  for (int i = 0; i < kNodes; i++) {
    for (int j = 0; j < kNodes; j++) {
      path[i][j] = i * j % 7 + 1;
      if ((i + j) % 13 == 0 || (i + j) % 7 == 0 || (i + j) % 11 == 0) path[i][j] = 999;
    }
  }
  for (int k = 0; k < kNodes; k++) {
    for (int i = 0; i < kNodes; i++) {
      for (int j = 0; j < kNodes; j++) {
        const int through = path[i][k] + path[k][j];
        path[i][j] = path[i][j] < through ? path[i][j] : through;
      }
    }
  }
  uint64_t checksum = 0;
  for (int i = 0; i < kNodes; i++) {
    for (int j = 0; j < kNodes; j++)
      checksum = checksum * 31 + (uint64_t)path[i][j];
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
