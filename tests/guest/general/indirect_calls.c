// Calls through slightly wrong function pointer types do on Linux what they look like; here too.
// Only what the x86-64 calling convention makes harmless is used.
#include <stdint.h>

#include "check.h"

static int add(int a, int b) {
  return a + b;
}
static int count_only(int a) {
  return a * 10;
}
static void store(int* where) {
  *where = 77;
}
static int* advance(int* p) {
  return p + 1;
}
static long as_long(long value) {
  return value - 1;
}
static int no_arguments(void) {
  return 5;
}
static const char* name_of(const void* unused) {
  return unused == NULL ? "null" : "set";
}
static double half(double x) {
  return x / 2;
}

// Keeps the compiler from seeing which function is called.
static void (*hide(void (*function)(void)))(void) {
  void (*volatile hidden)(void) = function;
  return hidden;
}
#define CALL(type, function) ((type)hide((void (*)(void))(function)))

typedef void handler(int);

int main(void) {
  printf("%d\n", CALL(int (*)(int, int), add)(2, 3));
  printf("%d\n", CALL(int (*)(int, int, int), count_only)(4, 5, 6));
  printf("%d\n", CALL(int (*)(int, void*), count_only)(7, NULL));
  int numbers[2] = {0, 8};
  CALL(void (*)(void*, int), store)(numbers, 1);
  printf("%d\n", numbers[0]);
  printf("%d\n", *(int*)CALL(void* (*)(void*), advance)(numbers));
  printf("%d\n", (int)CALL(long (*)(long), as_long)(43));
  printf("%d\n", CALL(int (*)(int), no_arguments)(1));
  printf("%d\n", CALL(int (*)(void*, double), no_arguments)(NULL, 1.5));
  printf("%s\n", CALL(char* (*)(char*), name_of)(NULL));
  printf("%g\n", CALL(double (*)(double, int), half)(5, 3));
  CALL(handler*, no_arguments)(15);
  CALL(void (*)(int, int), add)(1, 2);
  handler* table[] = {(handler*)no_arguments, (handler*)count_only, (handler*)as_long};
  table[1](2);
  puts("all returned");
  return 0;
}
