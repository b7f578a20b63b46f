// Splitting, hashing, copying and comparing words with the C library's functions.
#include <string.h>

#include "../timing.h"

enum { kText = 1 << 21, kBuckets = 4096 };

static char text[kText + 1];
static char copy[kText + 1];
static char* words[kBuckets];
static int counts[kBuckets];

static uint32_t hash(const char* word) {
  uint32_t h = 2166136261u;
  for (; *word != 0; word++)
    h = (h ^ (unsigned char)*word) * 16777619u;
  return h;
}

static void count_word(char* word) {
  uint32_t at = hash(word) % kBuckets;
  while (words[at] != NULL && strcmp(words[at], word) != 0)
    at = (at + 1) % kBuckets;
  words[at] = word;
  counts[at]++;
}

static uint64_t kernel(void) {
  uint32_t state = 9;
  for (int i = 0; i < kText; i++) {
    state = state * 1664525u + 1013904223u;
    text[i] = state >> 29 == 0 ? ' ' : (char)('a' + (state >> 16) % 3);
  }
  memcpy(copy, text, sizeof text);
  memset(words, 0, sizeof words);
  memset(counts, 0, sizeof counts);
  for (char* word = copy; word != NULL;) {
    char* const end = strchr(word, ' ');
    if (end != NULL) *end = 0;
    if (strlen(word) < 6) count_word(word);
    word = end == NULL ? NULL : end + 1;
  }
  uint64_t checksum = strstr(text, "abcabcabcab") == NULL ? 0 : 1;
  for (int i = 0; i < kBuckets; i++)
    checksum = checksum * 31 + (uint64_t)counts[i];
  return checksum;
}

int main(int argc, char** argv) {
  return run_kernel(kernel, argc, argv);
}
