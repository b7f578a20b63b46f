// Debian's zlib: text compressed at the default level and back.
#include <string.h>
#include <zlib.h>

#include "../timing.h"
#include "text.h"

enum { kBytes = 1 << 19 };

static unsigned char text[kBytes], packed[kBytes + kBytes / 8], unpacked[kBytes];

static uint64_t kernel(void) {
  fill_text(text, kBytes);
  uLongf num_packed = sizeof packed;
  MUST(compress2(packed, &num_packed, text, kBytes, 6) == Z_OK);
  uint64_t checksum = num_packed;
  for (int i = 0; i < 5; i++) {
    uLongf num_unpacked = sizeof unpacked;
    MUST(uncompress(unpacked, &num_unpacked, packed, num_packed) == Z_OK);
    MUST(num_unpacked == kBytes && memcmp(text, unpacked, kBytes) == 0);
    checksum = checksum << 8 ^ crc32(0, packed, (uInt)num_packed);
  }
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
