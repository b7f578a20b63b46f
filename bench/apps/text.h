/// \file
/// Something to compress that looks like text: words of a small vocabulary, some far more often.
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline void fill_text(unsigned char* out, size_t num_bytes) {
  static const char kLetters[] = "etaoinshrdlucmfwypvbgkjqxz";
  uint32_t state = 1;
  size_t at = 0;
  while (at < num_bytes) {
    state = state * 1664525u + 1013904223u;
    const uint32_t rank = (state >> 16) % 1000;
    uint32_t word = rank * rank / 1000 + 1;  // small numbers are frequent
    for (uint32_t left = 2 + word % 7; left > 0 && at < num_bytes; left--) {
      word = word * 2654435761u + left;
      out[at++] = (unsigned char)kLetters[(word >> 16) % 26 * ((word >> 8) % 26) / 26];
    }
    if (at < num_bytes) out[at++] = (state >> 8) % 13 == 0 ? '\n' : ' ';
  }
}
