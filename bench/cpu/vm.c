// An interpreter with a switch: counts the steps of Collatz sequences.
#include "../timing.h"

enum op { kLoad, kAdd, kMulAdd, kHalve, kJumpOdd, kJump, kJumpNotOne, kJumpLess, kStop };

struct instruction {
  unsigned char op, a, b;
  int value;
};

// r0: sequence start, r1: current number, r2: steps in all
static const struct instruction program[] = {
    {kLoad, 0, 0, 1},    {kLoad, 2, 0, 0},        // 0, 1
    {kAdd, 1, 0, 0},                              // 2: r1 = r0
    {kJumpOdd, 1, 0, 6}, {kHalve, 1, 0, 0},       // 3, 4
    {kJump, 0, 0, 7},    {kMulAdd, 1, 3, 1},      // 5, 6
    {kAdd, 2, 2, 1},     {kJumpNotOne, 1, 0, 3},  // 7, 8
    {kAdd, 0, 0, 1},     {kJumpLess, 0, 0, 2},    // 9, 10
    {kStop, 2, 0, 0},
};

static uint64_t interpret(const struct instruction* code, uint64_t limit) {
  uint64_t r[4] = {0};
  for (const struct instruction* pc = code;;) {
    const struct instruction i = *pc++;
    switch ((enum op)i.op) {
      case kLoad:
        r[i.a] = (uint64_t)i.value;
        break;
      case kAdd:
        r[i.a] = r[i.b] + (uint64_t)i.value;
        break;
      case kMulAdd:
        r[i.a] = r[i.a] * i.b + (uint64_t)i.value;
        break;
      case kHalve:
        r[i.a] /= 2;
        break;
      case kJumpOdd:
        if (r[i.a] & 1) pc = code + i.value;
        break;
      case kJump:
        pc = code + i.value;
        break;
      case kJumpNotOne:
        if (r[i.a] > 1) pc = code + i.value;
        break;
      case kJumpLess:
        if (r[i.a] < limit) pc = code + i.value;
        break;
      case kStop:
        return r[i.a];
    }
  }
}

static uint64_t kernel(void) {
  return interpret(program, 10000);
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
