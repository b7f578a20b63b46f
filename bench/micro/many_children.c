// cages.resident: argv[1] children that sleep, until the end of input; says when they do.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"

int main(int argc, char** argv) {
  MUST(argc > 1);
  const int count = atoi(argv[1]);
  int ready[2];
  int end[2];
  MUST(pipe(ready) == 0 && pipe(end) == 0);
  char byte = 0;
  for (int i = 0; i < count; i++) {
    const pid_t child = fork();
    MUST(child >= 0);
    if (child > 0) continue;
    close(end[1]);
    MUST(write(ready[1], &byte, 1) == 1);
    _exit(read(end[0], &byte, 1) == 0 ? 0 : 1);
  }
  for (int i = 0; i < count; i++)
    MUST(read(ready[0], &byte, 1) == 1);
  printf("ready\n");
  fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) == 1)
    continue;
  close(end[1]);
  for (int i = 0; i < count; i++) {
    int status;
    MUST(wait(&status) > 0 && status == 0);
  }
  return 0;
}
