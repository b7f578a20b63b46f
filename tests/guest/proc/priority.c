// getpriority and setpriority: kept, cut to the range, inherited by children.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  errno = 0;
  printf("%d\n", getpriority(PRIO_PROCESS, 0));
  CHECK(errno == 0);
  CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, getpid()) == 5);
  CHECK(nice(4) == 9);
  CHECK(setpriority(PRIO_PROCESS, getpid(), 100) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) _exit(getpriority(PRIO_PROCESS, 0));
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("child %d\n", WEXITSTATUS(status));
  CHECK_FAILS(getpriority(77, 0), EINVAL);
  CHECK_FAILS(getpriority(PRIO_PROCESS, pid), ESRCH);
  return 0;
}
