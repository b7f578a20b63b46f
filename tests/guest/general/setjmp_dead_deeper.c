// As setjmp_dead_frame, but the stack is below the dead frame when the jump comes: an order of
// addresses alone does not show that the frame is gone.
// expect-cage: signal SIGABRT
// stdout: before\n
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

static jmp_buf dead;

__attribute__((noinline)) static int remember(void) {
  return setjmp(dead);
}

__attribute__((noinline)) static void use_stack(int depth) {
  volatile char filler[4096];
  memset((char*)filler, depth, sizeof filler);
  if (depth > 0) use_stack(depth - 1);
  if (depth == 0) longjmp(dead, 1);
  filler[0]++;
}

int main(void) {
  if (remember() != 0) {
    write(STDOUT_FILENO, "resumed\n", 8);
    return 1;
  }
  write(STDOUT_FILENO, "before\n", 7);
  use_stack(20);
  return 2;
}
