// A group of processes that all fork meets its limit, and dies of one signal to the group.  Linux
// counts the user's processes everywhere, so that a native run would depend on others.
// expect-cage: exit 0
// stdout: limit EAGAIN\nnobody left\n
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void bomb(int tell) {
  const struct rlimit limit = {100, 100};
  CHECK(setpgid(0, 0) == 0 && setrlimit(RLIMIT_NPROC, &limit) == 0);
  for (;;) {
    const pid_t child = fork();
    if (child >= 0) continue;  // parents and children
    const int error = errno;
    (void)!write(tell, &error, sizeof(error));
    while (waitpid(-1, NULL, WNOHANG) > 0)
      continue;
  }
}

int main(void) {
  for (int round = 0; round < 3; round++) {
    int result[2];
    CHECK(pipe(result) == 0);
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) bomb(result[1]);
    int error;
    CHECK(read(result[0], &error, sizeof(error)) == sizeof(error));
    if (round == 0) printf("limit %s\n", strerrorname_np(error));
    CHECK(error == EAGAIN);
    CHECK(kill(-child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    CHECK(close(result[0]) == 0 && close(result[1]) == 0);
    // init reaps the others; none of them goes on.
    while (kill(-child, 0) == 0)
      usleep(1000);
    CHECK(errno == ESRCH);
  }
  printf("nobody left\n");
  return 0;
}
