// Debian's libbz2: text compressed with the largest blocks and back.
#include <bzlib.h>
#include <string.h>

#include "../timing.h"
#include "text.h"

enum { kBytes = 1 << 19 };

static unsigned char text[kBytes];
static char packed[kBytes + kBytes / 8], unpacked[kBytes];

static uint64_t kernel(void) {
  fill_text(text, kBytes);
  unsigned num_packed = sizeof packed;
  MUST(BZ2_bzBuffToBuffCompress(packed, &num_packed, (char*)text, kBytes, 9, 0, 0) == BZ_OK);
  unsigned num_unpacked = sizeof unpacked;
  MUST(BZ2_bzBuffToBuffDecompress(unpacked, &num_unpacked, packed, num_packed, 0, 0) == BZ_OK);
  MUST(num_unpacked == kBytes && memcmp(text, unpacked, kBytes) == 0);
  uint64_t checksum = num_packed;
  for (unsigned i = 0; i < num_packed; i++)
    checksum = checksum * 31 + (unsigned char)packed[i];
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
