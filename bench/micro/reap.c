// cages.churn: for each line of input argv[1] children, one after another, each reaped before the
// next; says when they were.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"

int main(int argc, char** argv) {
  MUST(argc > 1);
  const int count = atoi(argv[1]);
  while (getchar() == '\n') {
    for (int i = 0; i < count; i++) {
      const pid_t child = fork();
      MUST(child >= 0);
      if (child == 0) _exit(0);
      MUST(waitpid(child, NULL, 0) == child);
    }
    printf("done\n");
    fflush(stdout);
  }
  return 0;
}
