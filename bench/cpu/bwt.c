// Block sorting as bzip2 does it: suffixes sorted by doubling, Burrows-Wheeler, move to front.
#include <stdlib.h>
#include <string.h>

#include "../timing.h"

enum { kBytes = 1 << 15 };

static unsigned char text[kBytes], transformed[kBytes], front[kBytes];
static int order[kBytes], rank[kBytes], next_rank[kBytes], width;

static int compare(const void* left, const void* right) {
  const int a = *(const int*)left, b = *(const int*)right;
  if (rank[a] != rank[b]) return rank[a] < rank[b] ? -1 : 1;
  const int ra = rank[(a + width) % kBytes], rb = rank[(b + width) % kBytes];
  return ra < rb ? -1 : ra > rb;
}

static void sort_rotations(void) {
  for (int i = 0; i < kBytes; i++) {
    order[i] = i;
    rank[i] = text[i];
  }
  for (width = 1; width < kBytes; width *= 2) {
    qsort(order, kBytes, sizeof *order, compare);
    next_rank[order[0]] = 0;
    for (int i = 1; i < kBytes; i++)
      next_rank[order[i]] = next_rank[order[i - 1]] + (compare(&order[i - 1], &order[i]) != 0);
    memcpy(rank, next_rank, sizeof rank);
    if (rank[order[kBytes - 1]] == kBytes - 1) break;
  }
}

static void move_to_front(void) {
  unsigned char list[256];
  for (int i = 0; i < 256; i++)
    list[i] = (unsigned char)i;
  for (int i = 0; i < kBytes; i++) {
    int at = 0;
    while (list[at] != transformed[i])
      at++;
    memmove(list + 1, list, (size_t)at);
    list[0] = transformed[i];
    front[i] = (unsigned char)at;
  }
}

static uint64_t kernel(void) {
  uint32_t state = 17;
  for (int i = 0; i < kBytes; i++) {
    state = state * 1664525u + 1013904223u;
    text[i] = (unsigned char)("etaoin shrdlu"[(state >> 16) % 13]);
  }
  sort_rotations();
  for (int i = 0; i < kBytes; i++)
    transformed[i] = text[(order[i] + kBytes - 1) % kBytes];
  move_to_front();
  uint64_t checksum = 0;
  for (int i = 0; i < kBytes; i++)
    checksum = checksum * 31 + front[i];
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
