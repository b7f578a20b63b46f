// longjmp to a frame that has returned.  On Linux this is undefined; a cage must stop it, because
// the frame's slots may hold anything by then.
// expect-cage: signal SIGABRT
// stdout: before\n
#include <setjmp.h>
#include <unistd.h>

static jmp_buf dead;

__attribute__((noinline)) static int remember(void) {
  return setjmp(dead);
}

int main(void) {
  if (remember() != 0) {
    write(STDOUT_FILENO, "resumed\n", 8);
    return 1;
  }
  write(STDOUT_FILENO, "before\n", 7);
  longjmp(dead, 1);
}
