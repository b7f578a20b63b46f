// The heap: contents survive, alignment holds, it grows, shrinks and says when there is no more.
#include <malloc.h>
#include <stdint.h>

#include "check.h"

enum { kBlocks = 2000, kRounds = 20000 };

static unsigned char* blocks[kBlocks];
static size_t sizes[kBlocks];
static uint32_t state = 12345;

static uint32_t next_random(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

static void check_block(int i) {
  for (size_t at = 0; at < sizes[i]; at += 61)
    CHECK(blocks[i][at] == (unsigned char)(i + at));
}

static void fill_block(int i) {
  for (size_t at = 0; at < sizes[i]; at++)
    blocks[i][at] = (unsigned char)(i + at);
}

int main(void) {
  for (int round = 0; round < kRounds; round++) {
    const int i = (int)(next_random() % kBlocks);
    check_block(i);
    const size_t size = next_random() % (round % 50 == 0 ? 300000 : 2000);
    if (round % 3 == 0) {
      free(blocks[i]);
      blocks[i] = malloc(size + 1);
    } else {
      blocks[i] = realloc(blocks[i], size + 1);
    }
    CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % 8 == 0);
    sizes[i] = size;
    fill_block(i);
  }
  for (int i = 0; i < kBlocks; i++) {
    check_block(i);
    free(blocks[i]);
  }
  for (size_t align = 16; align <= 65536; align *= 2) {
    void* block = NULL;
    CHECK(posix_memalign(&block, align, 100) == 0 && (uintptr_t)block % align == 0);
    free(block);
  }
  unsigned char* zeroed = calloc(1 << 20, 16);
  CHECK(zeroed != NULL);
  for (size_t at = 0; at < (1 << 20) * 16u; at += 4096)
    CHECK(zeroed[at] == 0);
  free(zeroed);
  // Volatile: compilers take for granted that malloc succeeds and leaves errno alone.
  void* (*volatile allocate)(size_t) = malloc;
  errno = 0;
  CHECK(allocate(SIZE_MAX - 4096) == NULL && errno == ENOMEM);
  void* (*volatile allocate_array)(size_t, size_t) = calloc;
  CHECK(allocate_array(SIZE_MAX / 2 + 1, 2) == NULL);
  puts("done");
  return 0;
}
