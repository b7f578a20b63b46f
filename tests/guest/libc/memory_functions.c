// Copying, filling, searching and comparing at every small size and alignment, beside the end of
// readable memory, against loops that a child could check.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

enum { kPage = 4096, kMost = 80 };

static unsigned char* end;  // behind it nothing can be read

static void make_pages(void) {
  unsigned char* const pages =
      mmap(NULL, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pages != MAP_FAILED);
  CHECK(munmap(pages + 2 * kPage, kPage) == 0);
  end = pages + 2 * kPage;
}

static int sign(int value) {
  return (value > 0) - (value < 0);
}

static void fill_pattern(unsigned char* at, size_t size) {
  for (size_t i = 0; i < size; i++)
    at[i] = (unsigned char)(i * 7 + 1);
}

static void check_fill(size_t size, size_t gap) {
  unsigned char* const at = end - size - gap;
  memset(end - size - gap - 8, 0x55, 8);
  CHECK(memset(at, (int)size + 300, size) == at);
  for (size_t i = 0; i < size; i++)
    CHECK(at[i] == (unsigned char)(size + 300));
  for (int i = 1; i <= 8; i++)
    CHECK(at[-i] == 0x55);
}

static void check_copy(size_t size, size_t gap) {
  static unsigned char source[2048], wanted[4096];
  fill_pattern(source, size);
  unsigned char* const at = end - size - gap;
  at[-1] = 0x77;
  CHECK(memcpy(at, source, size) == at);
  for (size_t i = 0; i < size; i++)
    CHECK(at[i] == source[i]);
  CHECK(at[-1] == 0x77);
  // Both ways, by every distance up to a few vectors.
  for (size_t distance = 0; distance <= 50; distance++) {
    unsigned char* const low = end - size - distance;
    fill_pattern(low, size + distance);
    memcpy(wanted, low, size + distance);
    for (size_t i = 0; i < size; i++)
      wanted[2048 + i] = wanted[i];
    CHECK(memmove(low + distance, low, size) == low + distance);
    for (size_t i = 0; i < size; i++)
      CHECK(low[distance + i] == wanted[2048 + i]);
    fill_pattern(low, size + distance);
    for (size_t i = 0; i < size; i++)
      wanted[2048 + i] = low[distance + i];
    CHECK(memmove(low, low + distance, size) == low);
    for (size_t i = 0; i < size; i++)
      CHECK(low[i] == wanted[2048 + i]);
  }
}

static void check_searches(size_t size, size_t gap) {
  char* const text = (char*)end - size - 1 - gap;
  memset(text - 20, 'x', 20);
  memset(text, 'a', size);
  text[size] = 0;
  memset(text + size + 1, 'x', gap);
  CHECK(strlen(text) == size);
  CHECK(strnlen(text, SIZE_MAX) == size);
  CHECK(strchr(text, 'x') == NULL);
  CHECK(strchr(text, 0) == text + size);
  CHECK(strchrnul(text, 'x') == text + size);
  CHECK(memchr(text, 'x', size + 1) == NULL);
  CHECK(memchr(text, 0, SIZE_MAX) == text + size);
  for (size_t at = 0; at < size; at++) {
    text[at] = (char)0xc3;
    CHECK(strchr(text, 0xc3) == text + at && strchr(text, -61) == text + at);
    CHECK(strchrnul(text, 0xc3) == text + at);
    CHECK(memchr(text, 0xc3, size) == text + at);
    CHECK(memchr(text, 0xc3, at) == NULL && memchr(text, 0xc3, at + 1) == text + at);
    CHECK(strnlen(text, at) == at);
    text[at] = 'a';
  }
}

static void check_orders(size_t size, size_t gap) {
  static char other[kMost + 40];
  char* const text = (char*)end - size - 1 - gap;
  for (size_t shift = 0; shift < 17; shift++) {
    char* const copy = other + shift;
    memset(text, 'm', size);
    text[size] = 0;
    memcpy(copy, text, size + 1);
    CHECK(strcmp(text, copy) == 0 && memcmp(text, copy, size + 1) == 0);
    for (size_t at = 0; at < size; at++) {
      for (int c = 'l'; c <= 0xf0; c += 0xf0 - 'l') {
        copy[at] = (char)c;
        const int wanted = c > 'm' ? -1 : 1;
        CHECK(sign(strcmp(text, copy)) == wanted && sign(strcmp(copy, text)) == -wanted);
        CHECK(sign(memcmp(text, copy, size)) == wanted && sign(memcmp(copy, text, size)) == -wanted);
        CHECK(memcmp(text, copy, at) == 0);
      }
      copy[at] = 0;
      CHECK(strcmp(text, copy) > 0 && strcmp(copy, text) < 0);
      copy[at] = 'm';
    }
  }
}

static int by_number(const void* a, const void* b) {
  const int x = *(const int*)a, y = *(const int*)b;
  return (x > y) - (x < y);
}

static int by_number_of(const void* a, const void* b, void* calls) {
  ++*(int*)calls;
  return by_number(a, b);
}

struct wide {
  int number;
  char rest[60];
};

static void check_sorting(void) {
  static int numbers[3000], again[3000];
  static struct wide wide[500];
  uint32_t state = 1;
  for (int i = 0; i < 3000; i++) {
    state = state * 1664525u + 1013904223u;
    numbers[i] = again[i] = (int)(state >> 8) % 1000;
    if (i < 500) wide[i] = (struct wide){numbers[i], {(char)i}};
  }
  qsort(numbers, 3000, sizeof *numbers, by_number);
  int calls = 0;
  qsort_r(again, 3000, sizeof *again, by_number_of, &calls);
  CHECK(calls > 3000);
  CHECK(memcmp(numbers, again, sizeof numbers) == 0);
  for (int i = 1; i < 3000; i++)
    CHECK(numbers[i - 1] <= numbers[i]);
  qsort(wide, 500, sizeof *wide, by_number);
  for (int i = 1; i < 500; i++)
    CHECK(wide[i - 1].number <= wide[i].number);
}

int main(void) {
  make_pages();
  for (size_t size = 0; size <= kMost; size++) {
    for (size_t gap = 0; gap < 17; gap++) {
      check_fill(size, gap);
      check_searches(size, gap);
    }
    check_copy(size, size % 5);
    check_orders(size, size % 17);
  }
  for (size_t size = 500; size < 530; size++) {
    check_fill(size, size % 3);
    check_copy(size, size % 3);
  }
  check_sorting();
  return 0;
}
