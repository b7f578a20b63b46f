// Huffman codes: built with a heap, then bits written and read one after the other.
#include <string.h>

#include "../timing.h"

enum { kBytes = 1 << 18, kSymbols = 64, kNodes = 2 * kSymbols };

static unsigned char input[kBytes], output[kBytes], bits[kBytes * 2];
static int left[kNodes], right[kNodes], heap[kNodes], heap_size;
static uint32_t weight[kNodes], code[kSymbols];
static int length[kSymbols];

static void sift_down(int at) {
  for (;;) {
    int child = 2 * at + 1;
    if (child >= heap_size) return;
    if (child + 1 < heap_size && weight[heap[child + 1]] < weight[heap[child]]) child++;
    if (weight[heap[at]] <= weight[heap[child]]) return;
    const int swapped = heap[at];
    heap[at] = heap[child];
    heap[child] = swapped;
    at = child;
  }
}

static int pop(void) {
  const int top = heap[0];
  heap[0] = heap[--heap_size];
  sift_down(0);
  return top;
}

static void assign(int node, uint32_t prefix, int depth) {
  if (node < kSymbols) {
    code[node] = prefix;
    length[node] = depth;
    return;
  }
  assign(left[node], prefix << 1, depth + 1);
  assign(right[node], prefix << 1 | 1, depth + 1);
}

static int build(void) {
  memset(weight, 0, sizeof weight);
  for (int i = 0; i < kBytes; i++)
    weight[input[i]]++;
  heap_size = kSymbols;
  for (int i = 0; i < kSymbols; i++) {
    weight[i]++;
    heap[i] = i;
  }
  for (int i = kSymbols / 2; i >= 0; i--)
    sift_down(i);
  int next = kSymbols;
  while (heap_size > 1) {
    left[next] = pop();
    right[next] = heap[0];
    weight[next] = weight[left[next]] + weight[right[next]];
    heap[0] = next++;
    sift_down(0);
  }
  assign(next - 1, 0, 0);
  return next - 1;
}

static uint64_t kernel(void) {
  uint32_t state = 23;
  for (int i = 0; i < kBytes; i++) {
    state = state * 1664525u + 1013904223u;
    input[i] = (unsigned char)((state >> 16) % kSymbols & (state >> 24) % kSymbols);
  }
  const int root = build();
  memset(bits, 0, sizeof bits);
  uint64_t at = 0;
  for (int i = 0; i < kBytes; i++) {
    for (int bit = length[input[i]] - 1; bit >= 0; bit--, at++)
      bits[at / 8] = (unsigned char)(bits[at / 8] | (code[input[i]] >> bit & 1) << at % 8);
  }
  uint64_t from = 0;
  for (int i = 0; i < kBytes; i++) {
    int node = root;
    for (; node >= kSymbols; from++)
      node = bits[from / 8] >> from % 8 & 1 ? right[node] : left[node];
    output[i] = (unsigned char)node;
  }
  MUST(memcmp(input, output, kBytes) == 0);
  return at;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
