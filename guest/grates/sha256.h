/// \file
/// SHA-256 (FIPS 180-4) and HMAC (RFC 2104) over it.
#ifndef LIND_GRATES_SHA256_H
#define LIND_GRATES_SHA256_H 1

#include <stdint.h>
#include <string.h>

enum { SHA256_BYTES = 32, SHA256_BLOCK = 64 };

struct sha256 {
  uint32_t words[8];
  uint8_t block[SHA256_BLOCK];
  uint64_t bytes;
};

static inline uint32_t sha256_rotate(uint32_t word, int bits) {
  return word >> bits | word << (32 - bits);
}

static inline void sha256_mix(struct sha256* state) {
  static const uint32_t constants[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
      0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
      0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
      0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
      0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
      0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
      0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
      0xc67178f2};
  uint32_t w[64];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)state->block[4 * i] << 24 | (uint32_t)state->block[4 * i + 1] << 16 |
           (uint32_t)state->block[4 * i + 2] << 8 | state->block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    const uint32_t s0 =
        sha256_rotate(w[i - 15], 7) ^ sha256_rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
    const uint32_t s1 =
        sha256_rotate(w[i - 2], 17) ^ sha256_rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  uint32_t v[8];
  memcpy(v, state->words, sizeof(v));
  for (int i = 0; i < 64; i++) {
    const uint32_t s1 = sha256_rotate(v[4], 6) ^ sha256_rotate(v[4], 11) ^ sha256_rotate(v[4], 25);
    const uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
    const uint32_t t1 = v[7] + s1 + choice + constants[i] + w[i];
    const uint32_t s0 = sha256_rotate(v[0], 2) ^ sha256_rotate(v[0], 13) ^ sha256_rotate(v[0], 22);
    const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    memmove(v + 1, v, 7 * sizeof(v[0]));
    v[4] += t1;
    v[0] = t1 + s0 + majority;
  }
  for (int i = 0; i < 8; i++)
    state->words[i] += v[i];
}

static inline void sha256_begin(struct sha256* state) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(state->words, start, sizeof(start));
  state->bytes = 0;
}

static inline void sha256_add(struct sha256* state, const void* data, size_t bytes) {
  const uint8_t* from = data;
  for (size_t i = 0; i < bytes; i++) {
    state->block[state->bytes++ % SHA256_BLOCK] = from[i];
    if (state->bytes % SHA256_BLOCK == 0) sha256_mix(state);
  }
}

static inline void sha256_end(struct sha256* state, uint8_t digest[SHA256_BYTES]) {
  const uint64_t bits = state->bytes * 8;
  sha256_add(state, "\x80", 1);
  while (state->bytes % SHA256_BLOCK != SHA256_BLOCK - 8)
    sha256_add(state, "", 1);
  for (int shift = 56; shift >= 0; shift -= 8) {
    const uint8_t byte = (uint8_t)(bits >> shift);
    sha256_add(state, &byte, 1);
  }
  for (int i = 0; i < SHA256_BYTES; i++)
    digest[i] = (uint8_t)(state->words[i / 4] >> (24 - 8 * (i % 4)));
}

// HMAC's padded key: its hash if it is longer than a block.  Without a key: plain SHA-256.
static inline void sha256_add_key(struct sha256* state, const char* key, uint8_t with) {
  uint8_t padded[SHA256_BLOCK] = {0};
  if (strlen(key) <= SHA256_BLOCK) {
    memcpy(padded, key, strlen(key));
  } else {
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, key, strlen(key));
    sha256_end(&hash, padded);
  }
  for (int i = 0; i < SHA256_BLOCK; i++)
    padded[i] ^= with;
  sha256_add(state, padded, sizeof(padded));
}

static inline void sha256_begin_keyed(struct sha256* state, const char* key) {
  sha256_begin(state);
  if (key != NULL) sha256_add_key(state, key, 0x36);
}

static inline void sha256_end_keyed(struct sha256* state, const char* key,
                                    uint8_t digest[SHA256_BYTES]) {
  sha256_end(state, digest);
  if (key == NULL) return;
  uint8_t inner[SHA256_BYTES];
  memcpy(inner, digest, sizeof(inner));
  sha256_begin(state);
  sha256_add_key(state, key, 0x5c);
  sha256_add(state, inner, sizeof(inner));
  sha256_end(state, digest);
}

#endif
