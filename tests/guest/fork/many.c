// A thousand children one after another, then a hundred at once; ended in any order, all are seen.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  long total = 0;
  for (int i = 0; i < 1000; i++) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(i % 256);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    total += WEXITSTATUS(status);
  }
  printf("%ld\n", total);

  int gate[2];
  CHECK(pipe(gate) == 0);
  for (int i = 0; i < 100; i++) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      close(gate[1]);
      char byte;
      CHECK(read(gate[0], &byte, 1) == 0);
      _exit(i);
    }
  }
  CHECK(close(gate[1]) == 0);
  total = 0;
  int status;
  while (wait(&status) > 0)
    total += WEXITSTATUS(status);
  CHECK(errno == ECHILD);
  printf("%ld\n", total);
  return 0;
}
