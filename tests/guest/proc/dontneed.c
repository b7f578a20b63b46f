// madvise(MADV_DONTNEED) empties private memory; brk gives zeroed memory again; sharing across
// fork.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  char* p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  memset(p, 'a', 3 * 4096);
  CHECK(madvise(p + 4096, 4096, MADV_DONTNEED) == 0);
  printf("%c %d %c\n", p[4095], p[4096], p[8192]);
  CHECK(munmap(p + 4096, 4096) == 0);
  CHECK_FAILS(madvise(p, 3 * 4096, MADV_DONTNEED), ENOMEM);
  printf("%d %d\n", p[0], p[8192]);
  CHECK_FAILS(madvise(p + 1, 4096, MADV_DONTNEED), EINVAL);
  CHECK_FAILS(madvise(p, 4096, 12345), EINVAL);

  char* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char* private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED && private != MAP_FAILED);
  shared[0] = private[0] = 'p';
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    CHECK(shared[0] == 'p' && private[0] == 'p');
    shared[0] = private[0] = 'c';
    _exit(0);
  }
  CHECK(waitpid(pid, NULL, 0) == pid);
  printf("shared %c private %c\n", shared[0], private[0]);

  char* start = sbrk(0);
  CHECK(sbrk(100000) == start);
  memset(start, 'b', 100000);
  CHECK(sbrk(-100000) == start + 100000 && sbrk(0) == start);
  CHECK(sbrk(100000) == start);
  int sum = 0;
  for (int i = 8192; i < 100000; i++)
    sum += start[i];
  printf("heap again: %d\n", sum);
  return 0;
}
