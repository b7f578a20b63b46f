// fork.write.*: as fork.exit, and the child writes every page of the parent's argv[2] MiB.
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"

static char* heap;
static size_t size;

static void fork_and_write(void) {
  const pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) {
    for (size_t at = 0; at < size; at += 4096)
      heap[at]++;
    _exit(heap[size - 4096] == 2 ? 0 : 1);
  }
  int status;
  MUST(waitpid(child, &status, 0) == child && status == 0);
}

int main(int argc, char** argv) {
  MUST(argc > 2);
  size = (size_t)atoi(argv[2]) << 20;
  heap = malloc(size);
  MUST(heap != NULL);
  memset(heap, 1, size);
  run_operation(fork_and_write, atoi(argv[1]), 5);
  return 0;
}
