// setjmp answers 0, then what longjmp was given; 0 becomes 1; volatile locals keep their values.
#include <setjmp.h>

#include "check.h"

static jmp_buf target;

__attribute__((noinline)) static void jump(int value) {
  longjmp(target, value);
}

int main(void) {
  volatile int visits = 0;
  const int order[] = {5, 0, -3, 2147483647};
  const int value = setjmp(target);
  printf("%d\n", value);
  if (visits < 4) {
    visits++;
    jump(order[visits - 1]);
  }
  printf("%d visits\n", visits);

  switch (_setjmp(target)) {
    case 0:
      puts("in a switch");
      _longjmp(target, 9);
    case 9:
      puts("nine");
      break;
    default:
      return 1;
  }
  return 0;
}
