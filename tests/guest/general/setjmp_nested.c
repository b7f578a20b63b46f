// Handlers within handlers, as languages implement exceptions: inner first, then rethrown outward.
#include <setjmp.h>

#include "check.h"

static jmp_buf* handler;

__attribute__((noinline)) static void raise_error(int code) {
  longjmp(*handler, code);
}

static int guarded(int depth) {
  jmp_buf mine;
  jmp_buf* const outer = handler;
  handler = &mine;
  const int code = setjmp(mine);
  if (code == 0) {
    if (depth == 0) {
      raise_error(100);
    }
    guarded(depth - 1);
  }
  handler = outer;
  printf("depth %d caught %d\n", depth, code);
  if (handler != NULL) raise_error(code + 1);
  return code;
}

int main(void) {
  const int last = guarded(6);
  printf("%d\n", last);

  jmp_buf a;
  jmp_buf b;
  volatile int step = 0;
  if (setjmp(a) == 0 && setjmp(b) == 0) {
    step = 1;
    longjmp(a, 1);
  }
  printf("step %d\n", step);
  if (step++ < 3) longjmp(b, 2);
  return 0;
}
