// pipe.roundtrip: one byte to another process and back.
#include <sys/wait.h>
#include <unistd.h>

#include "../timing.h"

static int to_child[2];
static int to_parent[2];

static void round_trip(void) {
  char byte = 'x';
  MUST(write(to_child[1], &byte, 1) == 1);
  MUST(read(to_parent[0], &byte, 1) == 1);
}

static void echo(void) {
  char byte;
  close(to_child[1]);
  while (read(to_child[0], &byte, 1) == 1)
    MUST(write(to_parent[1], &byte, 1) == 1);
  _exit(0);
}

int main(int argc, char** argv) {
  MUST(pipe(to_child) == 0 && pipe(to_parent) == 0);
  const pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) echo();
  run_operation(round_trip, argc > 1 ? atoi(argv[1]) : 5, 2000);
  close(to_child[1]);
  MUST(waitpid(child, NULL, 0) == child);
  return 0;
}
