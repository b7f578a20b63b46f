// Sorting, searching, trees, hash tables, random numbers.
#include <search.h>
#include <argz.h>
#include <envz.h>
#include <sys/queue.h>

#include "check.h"

static int compare(const void* a, const void* b) {
  return (*(const int*)a > *(const int*)b) - (*(const int*)a < *(const int*)b);
}
static int compare_with(const void* a, const void* b, void* sign) { return *(int*)sign * compare(a, b); }
static int total;
static void act(const void* node, VISIT visit, int depth) {
  if (visit == postorder || visit == leaf) total = total * 7 % 10007 + **(int* const*)node + depth * 0;
}
static void act_r(const void* node, VISIT visit, void* closure) {
  if (visit == postorder || visit == leaf) *(int*)closure += **(int* const*)node;
}
static int freed;
static void free_node(void* node) { freed += *(int*)node; }

int main(void) {
  int numbers[500];
  srandom(7);
  for (int i = 0; i < 500; i++)
    numbers[i] = (int)(random() % 10000);
  int sign = -1;
  qsort_r(numbers, 500, sizeof *numbers, compare_with, &sign);
  printf("%d %d %d\n", numbers[0], numbers[250], numbers[499]);
  qsort(numbers, 500, sizeof *numbers, compare);
  const int* found = bsearch(&numbers[77], numbers, 500, sizeof *numbers, compare);
  CHECK(found != NULL && *found == numbers[77]);
  CHECK(bsearch(&(int){-1}, numbers, 500, sizeof *numbers, compare) == NULL);
  size_t count = 500;
  found = lfind(&numbers[400], numbers, &count, sizeof *numbers, compare);
  CHECK(found != NULL);

  void* root = NULL;
  for (int i = 0; i < 500; i++)
    CHECK(tsearch(&numbers[i], &root, compare) != NULL);
  CHECK(tfind(&numbers[3], &root, compare) != NULL);
  CHECK(tdelete(&numbers[3], &root, compare) != NULL && tfind(&numbers[3], &root, compare) == NULL);
  twalk(root, act);
  int sum = 0;
  twalk_r(root, act_r, &sum);
  tdestroy(root, free_node);
  printf("%d %d %d\n", total, sum, freed);

  CHECK(hcreate(64) != 0);
  char names[40][8];
  for (int i = 0; i < 40; i++) {
    snprintf(names[i], sizeof names[i], "k%d", i);
    CHECK(hsearch((ENTRY){names[i], names[i]}, ENTER) != NULL);
  }
  CHECK(hsearch((ENTRY){"k17", NULL}, FIND) != NULL && hsearch((ENTRY){"none", NULL}, FIND) == NULL);
  hdestroy();

  srand(1);
  printf("%d", rand());
  printf(" %d\n", rand());
  srandom(42);
  printf("%ld", random());
  printf(" %ld\n", random());
  char state[64];
  initstate(5, state, sizeof state);
  printf("%ld\n", random());
  srand48(3);
  printf("%.12f", drand48());
  printf(" %ld", lrand48());
  printf(" %ld\n", mrand48());
  unsigned short seed[3] = {1, 2, 3};
  printf("%.12f", erand48(seed));
  printf(" %ld\n", nrand48(seed));
  printf("%d\n", rand_r(&(unsigned){9}));

  char* argz = NULL;
  size_t length = 0;
  CHECK(argz_create_sep("one:two:three", ':', &argz, &length) == 0 && argz_count(argz, length) == 3);
  CHECK(argz_insert(&argz, &length, argz_next(argz, length, argz), "half") == 0);
  argz_stringify(argz, length, '+');
  printf("%s\n", argz);
  free(argz);
  char* envz = NULL;
  length = 0;
  CHECK(envz_add(&envz, &length, "a", "1") == 0 && strcmp(envz_get(envz, length, "a"), "1") == 0);
  struct qelem { struct qelem *next, *previous; int value; } first = {0}, second = {0};
  insque(&first, NULL);
  insque(&second, &first);
  CHECK(first.next == &second && second.previous == &first);
  printf("%d %lld %s %ld\n", abs(-3), llabs(-4LL), l64a(12345), a64l("v/"));
  div_t d = div(-7, 2);
  printf("%d %d\n", d.quot, d.rem);
  char* suboptions = strdupa("rw,size=10,bad");
  char* const tokens[] = {"ro", "rw", "size", NULL};
  char* value;
  while (*suboptions != 0) {
    const int which = getsubopt(&suboptions, tokens, &value);
    printf("%d %s\n", which, value ? value : "-");
  }
  return 0;
}
