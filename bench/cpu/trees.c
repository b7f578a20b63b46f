// Allocation: complete binary trees made, walked and freed.
#include "../timing.h"

enum { kDepth = 14, kTrees = 12 };

struct tree {
  struct tree* left;
  struct tree* right;
};

static struct tree* make(int depth) {
  struct tree* const tree = malloc(sizeof *tree);
  MUST(tree != NULL);
  tree->left = depth == 0 ? NULL : make(depth - 1);
  tree->right = depth == 0 ? NULL : make(depth - 1);
  return tree;
}

static uint64_t count_and_free(struct tree* tree) {
  if (tree == NULL) return 0;
  const uint64_t below = count_and_free(tree->left) + count_and_free(tree->right);
  free(tree);
  return below + 1;
}

static uint64_t kernel(void) {
  struct tree* const long_lived = make(kDepth);
  uint64_t checksum = 0;
  for (int i = 0; i < kTrees; i++)
    checksum = checksum * 3 + count_and_free(make(kDepth - i % 3));
  return checksum + count_and_free(long_lived);
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
