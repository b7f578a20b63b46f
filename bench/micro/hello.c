// start.hello: the program whose whole life is measured from outside.
#include <stdio.h>

int main(void) {
  puts("hello");
  return 0;
}
