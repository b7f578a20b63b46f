// Integer arithmetic at the edges of every width, and 128-bit numbers.
#include <stdint.h>

#include "check.h"

static const int64_t values[] = {0,         1,         -1,        2,
                                 63,        -64,       INT32_MAX, INT32_MIN,
                                 INT64_MAX, INT64_MIN, 1LL << 32, 0x123456789abcdefLL};
enum { kCount = sizeof values / sizeof *values };

int main(void) {
  uint64_t sum = 0;
  for (int i = 0; i < kCount; i++) {
    const uint64_t a = (uint64_t)values[i];
    printf("%d %d %d %016llx\n", a ? __builtin_clzll(a) : 64, a ? __builtin_ctzll(a) : 64,
           __builtin_popcountll(a), (unsigned long long)__builtin_bswap64(a));
    for (int j = 0; j < kCount; j++) {
      const uint64_t b = (uint64_t)values[j];
      sum = sum * 31 + (a * b) + (a >> (b & 63)) + (uint64_t)((int64_t)a >> (b & 63)) +
            (a << (b & 31));
      if (b != 0) sum = sum * 31 + a / b + a % b;
      if (b != 0 && !(values[i] == INT64_MIN && values[j] == -1)) {
        sum = sum * 31 + (uint64_t)(values[i] / values[j]) + (uint64_t)(values[i] % values[j]);
      }
      const __int128 product = (__int128)values[i] * values[j];
      sum = sum * 31 + (uint64_t)(product >> 64) + (uint64_t)product;
      if (b != 0) sum += (uint64_t)(((unsigned __int128)a << 64) / b);
      int64_t checked;
      sum = sum * 3 + (uint64_t)__builtin_mul_overflow(values[i], values[j], &checked);
    }
  }
  printf("%016llx\n", (unsigned long long)sum);
  return 0;
}
