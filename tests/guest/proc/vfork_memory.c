// A vfork child runs on its parent's memory: what it stores, and what it allocates, is there.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile int seen;
static void* volatile block;

int main(void) {
  int status;
  pid_t pid = vfork();
  CHECK(pid >= 0);
  if (pid == 0) {
    seen = 42;
    _exit(3);
  }
  printf("seen %d\n", seen);
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("exit %d\n", WEXITSTATUS(status));

  pid = vfork();
  CHECK(pid >= 0);
  if (pid == 0) {
    execl("/no/such/program", "x", NULL);
    seen = errno;
    _exit(127);
  }
  printf("exec failed: %s\n", strerror(seen));
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("exit %d\n", WEXITSTATUS(status));

  void* const old_break = sbrk(0);
  pid = vfork();
  CHECK(pid >= 0);
  if (pid == 0) {
    block = sbrk(65536);
    if (block != (void*)-1) memset((void*)block, 7, 65536);
    _exit(0);
  }
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK(block == old_break);
  CHECK((char*)sbrk(0) - (char*)old_break == 65536);
  CHECK(((char*)block)[65535] == 7);

  // A child of the vfork child has a memory of its own.
  pid = vfork();
  CHECK(pid >= 0);
  if (pid == 0) {
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      seen = 1000;
      _exit(5);
    }
    waitpid(grandchild, &status, 0);
    seen = WEXITSTATUS(status);
    _exit(0);
  }
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("seen %d\n", seen);
  return 0;
}
