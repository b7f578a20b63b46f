// fork.exec: fork, exec of the program argv[2], waitpid.
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"

static char* program;

static void start_and_wait(void) {
  const pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) {
    char* const arguments[] = {program, NULL};
    char* const environment[] = {NULL};
    execve(program, arguments, environment);
    _exit(127);
  }
  int status;
  MUST(waitpid(child, &status, 0) == child && status == 0);
}

int main(int argc, char** argv) {
  MUST(argc > 2);
  program = argv[2];
  run_operation(start_and_wait, atoi(argv[1]), 20);
  return 0;
}
