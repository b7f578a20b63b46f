// Base64, there and back, by tables.
#include <string.h>

#include "../timing.h"

enum { kBytes = 3 << 17, kPasses = 16 };

static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static unsigned char input[kBytes], output[kBytes], values[256];
static char encoded[kBytes / 3 * 4];

static void encode(void) {
  for (int i = 0, o = 0; i < kBytes; i += 3, o += 4) {
    const uint32_t word = (uint32_t)input[i] << 16 | (uint32_t)input[i + 1] << 8 | input[i + 2];
    encoded[o] = kDigits[word >> 18];
    encoded[o + 1] = kDigits[word >> 12 & 63];
    encoded[o + 2] = kDigits[word >> 6 & 63];
    encoded[o + 3] = kDigits[word & 63];
  }
}

static void decode(void) {
  for (int i = 0, o = 0; o < kBytes; i += 4, o += 3) {
    const uint32_t word = (uint32_t)values[(unsigned char)encoded[i]] << 18 |
                          (uint32_t)values[(unsigned char)encoded[i + 1]] << 12 |
                          (uint32_t)values[(unsigned char)encoded[i + 2]] << 6 |
                          values[(unsigned char)encoded[i + 3]];
    output[o] = (unsigned char)(word >> 16);
    output[o + 1] = (unsigned char)(word >> 8);
    output[o + 2] = (unsigned char)word;
  }
}

static uint64_t kernel(void) {
  for (int i = 0; i < 64; i++)
    values[(unsigned char)kDigits[i]] = (unsigned char)i;
  uint64_t checksum = 0;
  for (int pass = 0; pass < kPasses; pass++) {
    for (int i = 0; i < kBytes; i++)
      input[i] = (unsigned char)(i * 167 + pass + (i >> 9));
    encode();
    decode();
    MUST(memcmp(input, output, kBytes) == 0);
    checksum = checksum * 31 + (unsigned char)encoded[pass * 1000 + 7];
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
