#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char* word(void);

int main(int argc, char** argv) {
  (void)argv;
#ifndef KNOWS_FUNCTIONS
#define KNOWS_FUNCTIONS 0
#endif
  printf("%s from a %d-byte machine, %d, %.3f\n", word(), POINTER, KNOWS_FUNCTIONS, sqrt(argc + 1.0));
  return 0;
}
