// A child may jump to where its parent called setjmp: saved contexts are copied by fork.
#include <setjmp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  jmp_buf target;
  volatile int generation = 0;
  const int value = setjmp(target);
  if (value == 0) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      generation = 1;
      longjmp(target, 7);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    printf("child ended with %d\n", WEXITSTATUS(status));
    longjmp(target, 8);
  }
  if (generation == 1) _exit(value);
  printf("parent got %d\n", value);
  return 0;
}
