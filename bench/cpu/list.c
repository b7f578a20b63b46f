// Pointer chasing through a shuffled linked list.
#include "../timing.h"

enum { kNodes = 1 << 17, kPasses = 8 };

struct node {
  struct node* next;
  int value;
};

static struct node nodes[kNodes];
static int order[kNodes];

static uint64_t kernel(void) {
  uint32_t state = 3;
  for (int i = 0; i < kNodes; i++)
    order[i] = i;
  for (int i = kNodes - 1; i > 0; i--) {
    state = state * 1664525u + 1013904223u;
    const int j = (int)((state >> 8) % (uint32_t)(i + 1));
    const int swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  for (int i = 0; i < kNodes; i++) {
    nodes[order[i]].next = i + 1 < kNodes ? &nodes[order[i + 1]] : NULL;
    nodes[order[i]].value = i ^ order[i];
  }
  uint64_t checksum = 0;
  for (int pass = 0; pass < kPasses; pass++) {
    for (const struct node* n = &nodes[order[0]]; n != NULL; n = n->next) {
      checksum = checksum * 3 + (uint64_t)n->value;
    }
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
