// fork.exit.*: fork, _exit in the child, waitpid; argv[2] MiB of heap are resident in the parent.
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"

static void fork_and_wait(void) {
  const pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) _exit(0);
  MUST(waitpid(child, NULL, 0) == child);
}

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 5;
  const size_t size = (size_t)(argc > 2 ? atoi(argv[2]) : 1) << 20;
  volatile char* heap = malloc(size);
  MUST(heap != NULL);
  memset((char*)heap, 1, size);
  run_operation(fork_and_wait, rounds, 20);
  MUST(heap[size - 1] == 1);
  return 0;
}
