// A child outlives its parent: it gets another one and goes on.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  int told[2], gone[2];
  CHECK(pipe(told) == 0 && pipe(gone) == 0);
  pid_t middle = fork();
  CHECK(middle >= 0);
  if (middle == 0) {
    pid_t parent = getpid();
    if (fork() == 0) {
      char c;
      close(gone[1]);
      CHECK(read(gone[0], &c, 1) == 0);
      c = getppid() != parent && getppid() > 0 ? 'y' : 'n';
      CHECK(write(told[1], &c, 1) == 1);
      _exit(0);
    }
    _exit(3);
  }
  close(told[1]);
  int status;
  CHECK(waitpid(middle, &status, 0) == middle && WEXITSTATUS(status) == 3);
  close(gone[1]);
  char c = '?';
  CHECK(read(told[0], &c, 1) == 1);
  printf("another parent: %c\n", c);
  CHECK(read(told[0], &c, 1) == 0);
  CHECK_FAILS(wait(NULL), ECHILD);
  return 0;
}
