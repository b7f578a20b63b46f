// Fast Fourier transform of complex doubles, radix 2, in place, there and back.
#include <math.h>
#include <string.h>

#include "../timing.h"

enum { kBits = 14, kSize = 1 << kBits, kTransforms = 6 };

static double re[kSize], im[kSize], cosine[kSize / 2], sine[kSize / 2];

static void reorder(void) {
  for (unsigned i = 1, j = 0; i < kSize; i++) {
    unsigned bit = kSize / 2;
    for (; j & bit; bit /= 2)
      j ^= bit;
    j ^= bit;
    if (i < j) {
      const double r = re[i], m = im[i];
      re[i] = re[j], im[i] = im[j];
      re[j] = r, im[j] = m;
    }
  }
}

static void transform(double direction) {
  reorder();
  for (int length = 2; length <= kSize; length *= 2) {
    const int half = length / 2, stride = kSize / length;
    for (int start = 0; start < kSize; start += length) {
      for (int k = 0; k < half; k++) {
        const double wr = cosine[k * stride], wi = direction * sine[k * stride];
        const int even = start + k, odd = even + half;
        const double r = re[odd] * wr - im[odd] * wi;
        const double m = re[odd] * wi + im[odd] * wr;
        re[odd] = re[even] - r, im[odd] = im[even] - m;
        re[even] += r, im[even] += m;
      }
    }
  }
}

static uint64_t kernel(void) {
  for (int i = 0; i < kSize / 2; i++) {
    cosine[i] = cos(2 * M_PI * i / kSize);
    sine[i] = sin(2 * M_PI * i / kSize);
  }
  for (int i = 0; i < kSize; i++)
    re[i] = i % 17 - 8, im[i] = i % 5;
  for (int i = 0; i < kTransforms; i++) {
    transform(1);
    transform(-1);
    for (int k = 0; k < kSize; k++)
      re[k] /= kSize, im[k] /= kSize;
  }
  uint64_t checksum = 0;
  for (int i = 0; i < kSize; i++)
    checksum = checksum * 31 + (uint64_t)(int64_t)lrint(re[i]) + (uint64_t)lrint(im[i]);
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
