// Compression as deflate's first half does it: hash chains, longest match, lazy choice; then back.
#include <string.h>

#include "../timing.h"

enum { kBytes = 1 << 19, kWindow = 1 << 15, kMinMatch = 4, kMaxMatch = 258, kMaxChain = 16 };

static unsigned char input[kBytes];
static unsigned char packed[kBytes * 2];
static unsigned char output[kBytes];
static int head[1 << 15];
static int previous[kWindow];

static void make_input(void) {
  static const char* const kWords[] = {"the ",  "quick ", "brown ", "fox ",  "jumps ", "over ",
                                       "lazy ", "dog\n",  "and ",   "runs ", "away ",  "home. "};
  uint32_t state = 5;
  for (int at = 0; at < kBytes;) {
    state = state * 1664525u + 1013904223u;
    const char* word = kWords[(state >> 20) % 12];
    while (*word != 0 && at < kBytes)
      input[at++] = (unsigned char)*word++;
    if (state >> 28 == 3 && at < kBytes) input[at++] = (unsigned char)(state >> 8);
  }
}

static uint32_t hash_at(const unsigned char* p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word * 2654435761u >> 17;
}

static int match_length(int a, int b) {
  int length = 0;
  const int limit = kBytes - b < kMaxMatch ? kBytes - b : kMaxMatch;
  while (length < limit && input[a + length] == input[b + length])
    length++;
  return length;
}

static int longest_match(int at, int* distance) {
  int best = 0;
  int candidate = head[hash_at(input + at)];
  for (int tries = 0; tries < kMaxChain && candidate >= 0 && at - candidate < kWindow; tries++) {
    const int length = match_length(candidate, at);
    if (length > best) {
      best = length;
      *distance = at - candidate;
    }
    const int older = previous[candidate % kWindow];
    if (older >= candidate) break;
    candidate = older;
  }
  return best;
}

static void insert(int at) {
  const uint32_t h = hash_at(input + at);
  previous[at % kWindow] = head[h];
  head[h] = at;
}

static int compress(void) {
  memset(head, 0xff, sizeof head);
  int out = 0;
  for (int at = 0; at < kBytes;) {
    int distance = 0;
    const int length = at + kMinMatch <= kBytes ? longest_match(at, &distance) : 0;
    if (length < kMinMatch) {
      packed[out++] = 0;
      packed[out++] = input[at];
      if (at + kMinMatch <= kBytes) insert(at);
      at++;
      continue;
    }
    packed[out++] = (unsigned char)(length - kMinMatch + 1);
    packed[out++] = (unsigned char)distance;
    packed[out++] = (unsigned char)(distance >> 8);
    for (int i = 0; i < length; i++, at++) {
      if (at + kMinMatch <= kBytes) insert(at);
    }
  }
  return out;
}

static int expand(int size) {
  int out = 0;
  for (int at = 0; at < size;) {
    const int code = packed[at++];
    if (code == 0) {
      output[out++] = packed[at++];
      continue;
    }
    const int distance = packed[at] | packed[at + 1] << 8;
    at += 2;
    for (int i = 0; i < code + kMinMatch - 1; i++, out++)
      output[out] = output[out - distance];
  }
  return out;
}

static uint64_t kernel(void) {
  make_input();
  const int size = compress();
  MUST(expand(size) == kBytes && memcmp(input, output, kBytes) == 0);
  return (uint64_t)size;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
