// After fork each side sees its own heap, globals and stack; later changes do not cross.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kInts = 1 << 20 };

static int global = 1;

static long long sum(const int* numbers) {
  long long total = 0;
  for (int i = 0; i < kInts; i++)
    total += numbers[i];
  return total;
}

int main(void) {
  int* heap = malloc(kInts * sizeof *heap);
  CHECK(heap != NULL);
  for (int i = 0; i < kInts; i++)
    heap[i] = i;
  int local = 1;
  int to_child[2];
  int to_parent[2];
  CHECK(pipe(to_child) == 0 && pipe(to_parent) == 0);
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  char byte = 0;
  if (child == 0) {
    CHECK(read(to_child[0], &byte, 1) == 1);
    printf("child sees %d %d %lld\n", global, local, sum(heap));
    global = local = 3;
    memset(heap, 0, kInts * sizeof *heap);
    fflush(stdout);
    CHECK(write(to_parent[1], "x", 1) == 1);
    CHECK(read(to_child[0], &byte, 1) == 1);
    _exit(global + local);
  }
  global = local = 2;
  heap[5] += 1000;
  CHECK(write(to_child[1], "x", 1) == 1);
  CHECK(read(to_parent[0], &byte, 1) == 1);
  printf("parent sees %d %d %lld\n", global, local, sum(heap));
  CHECK(write(to_child[1], "x", 1) == 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  printf("status %d\n", WEXITSTATUS(status));
  return 0;
}
