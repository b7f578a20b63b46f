// A function without a result called through a pointer type with one, as old C does with functions
// that nobody declared; the caller does not look at the result.
#include <stdio.h>

static void store(int* where) {
  *where = 77;
}

int main(void) {
  void (*volatile hidden)(int*) = store;
  int number = 0;
  ((int (*)(int*))hidden)(&number);
  printf("%d\n", number);
  return 0;
}
