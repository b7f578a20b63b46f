// The ChaCha20 stream cipher (RFC 8439), block after block.
#include <string.h>

#include "../timing.h"

enum { kBlocks = 100000 };

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define QUARTER(a, b, c, d)                                                              \
  (a += b, d ^= a, d = ROTATE(d, 16), c += d, b ^= c, b = ROTATE(b, 12), a += b, d ^= a, \
   d = ROTATE(d, 8), c += d, b ^= c, b = ROTATE(b, 7))

static void block(uint32_t out[16], const uint32_t in[16]) {
  uint32_t x[16];
  memcpy(x, in, sizeof x);
  for (int round = 0; round < 10; round++) {
    QUARTER(x[0], x[4], x[8], x[12]);
    QUARTER(x[1], x[5], x[9], x[13]);
    QUARTER(x[2], x[6], x[10], x[14]);
    QUARTER(x[3], x[7], x[11], x[15]);
    QUARTER(x[0], x[5], x[10], x[15]);
    QUARTER(x[1], x[6], x[11], x[12]);
    QUARTER(x[2], x[7], x[8], x[13]);
    QUARTER(x[3], x[4], x[9], x[14]);
  }
  for (int i = 0; i < 16; i++)
    out[i] = x[i] + in[i];
}

static uint64_t kernel(void) {
  uint32_t state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (uint32_t i = 4; i < 16; i++)
    state[i] = i * 0x01010101u;
  uint64_t checksum = 0;
  for (uint32_t i = 0; i < kBlocks; i++) {
    uint32_t stream[16];
    state[12] = i;
    block(stream, state);
    for (int k = 0; k < 16; k++)
      checksum = checksum * 31 + stream[k];
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
