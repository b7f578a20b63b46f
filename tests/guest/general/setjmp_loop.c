// A million setjmps of one frame and of frames that return: nothing is used up.
#include <setjmp.h>

#include "check.h"

static jmp_buf shared;
static jmp_buf many[100];

__attribute__((noinline)) static int try_once(int i) {
  jmp_buf here;
  if (setjmp(here) != 0) return 1;
  if (i % 3 == 0) longjmp(here, 1);
  return 0;
}

int main(void) {
  volatile int caught = 0;
  for (volatile int i = 0; i < 1000000; i++)
    caught += try_once(i);
  printf("%d\n", caught);
  for (volatile int i = 0; i < 1000000; i++) {
    if (setjmp(shared) == 0) longjmp(shared, 1);
  }
  volatile int jumps = 0;
  for (volatile int i = 0; i < 100; i++) {
    if (setjmp(many[i]) != 0) {
      jumps++;
    }
  }
  if (jumps < 50) longjmp(many[99 - jumps], 1);
  printf("%d\n", jumps);
  return 0;
}
