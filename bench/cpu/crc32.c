// CRC-32 by a table, a byte at a time, over a buffer in the cache.
#include "../timing.h"

enum { kBytes = 1 << 16, kPasses = 60 };

static uint32_t table[256];
static unsigned char data[kBytes];

static uint64_t kernel(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; bit++)
      c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  for (int i = 0; i < kBytes; i++)
    data[i] = (unsigned char)(i * 7 + (i >> 8));
  uint32_t crc = 0xffffffffu;
  for (int pass = 0; pass < kPasses; pass++) {
    for (int i = 0; i < kBytes; i++)
      crc = table[(crc ^ data[i]) & 255] ^ (crc >> 8);
  }
  return crc;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
