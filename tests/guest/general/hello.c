// The smallest program that anyone sees.
#include <stdio.h>

int main(void) {
  puts("hello");
  return 0;
}
