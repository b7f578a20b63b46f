// qsort and bsearch call back; comparison functions of other pointer types are passed by cast.
#include "check.h"

struct entry {
  char name[12];
  double weight;
};

static int by_name(const struct entry* a, const struct entry* b) {
  return strcmp(a->name, b->name);
}
static int by_weight(struct entry* a, struct entry* b) {
  return (a->weight > b->weight) - (a->weight < b->weight);
}
static int by_text(char** a, char** b) {
  return strcmp(*a, *b);
}
static int by_int(const void* a, const void* b) {
  return *(const int*)a - *(const int*)b;
}
static int by_int_r(const void* a, const void* b, void* sign) {
  return by_int(a, b) * *(int*)sign;
}

typedef int comparison(const void*, const void*);

int main(void) {
  struct entry entries[] = {
      {"pear", 3.5}, {"apple", 9.25}, {"fig", -1}, {"plum", 0.5}, {"date", 1e9}};
  const size_t count = sizeof entries / sizeof *entries;
  qsort(entries, count, sizeof *entries, (comparison*)by_name);
  for (size_t i = 0; i < count; i++)
    printf("%s ", entries[i].name);
  struct entry key = {"fig", 0};
  const struct entry* found = bsearch(&key, entries, count, sizeof *entries, (comparison*)by_name);
  printf("\n%g\n", found->weight);
  qsort(entries, count, sizeof *entries, (comparison*)by_weight);
  for (size_t i = 0; i < count; i++)
    printf("%s ", entries[i].name);
  char* words[] = {"one", "two", "three", "four", "five"};
  qsort(words, 5, sizeof *words, (comparison*)by_text);
  for (int i = 0; i < 5; i++)
    printf("%s ", words[i]);
  putchar('\n');

  enum { kCount = 50000 };
  static int numbers[kCount];
  unsigned state = 7;
  for (int i = 0; i < kCount; i++)
    numbers[i] = (int)((state = state * 1103515245u + 12345u) >> 8);
  qsort(numbers, kCount, sizeof *numbers, by_int);
  for (int i = 1; i < kCount; i++)
    CHECK(numbers[i - 1] <= numbers[i]);
  int sign = -1;
  qsort_r(numbers, kCount, sizeof *numbers, by_int_r, &sign);
  for (int i = 1; i < kCount; i++)
    CHECK(numbers[i - 1] >= numbers[i]);
  printf("%d %d\n", numbers[0], numbers[kCount - 1]);
  return 0;
}
