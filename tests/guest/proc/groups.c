// Process groups and sessions: who may move whom, and whom a signal to a group reaches.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static pid_t sleeper(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid != 0) return pid;
  for (;;)
    pause();
}

static void in_child(void) {
  CHECK(setsid() == getpid());
  CHECK(getsid(0) == getpid() && getpgrp() == getpid() && getpgid(0) == getpid());
  CHECK_FAILS(setsid(), EPERM);
  CHECK_FAILS(setpgid(0, 0), EPERM);
  pid_t a = sleeper(), b = sleeper(), c = sleeper();
  CHECK(getpgid(a) == getpid() && getsid(a) == getpid());
  CHECK(setpgid(a, a) == 0 && getpgid(a) == a);
  CHECK(setpgid(b, a) == 0 && getpgid(b) == a);
  CHECK_FAILS(setpgid(c, b), EPERM);
  CHECK_FAILS(setpgid(c, -1), EINVAL);
  CHECK_FAILS(setpgid(30000, 30000), ESRCH);
  CHECK(kill(-a, 0) == 0);
  CHECK(kill(-a, SIGTERM) == 0);
  int status;
  for (int i = 0; i < 2; i++) {
    pid_t ended = waitpid(-a, &status, 0);
    CHECK((ended == a || ended == b) && WTERMSIG(status) == SIGTERM);
  }
  CHECK_FAILS(kill(-a, SIGTERM), ESRCH);
  CHECK(waitpid(c, &status, WNOHANG) == 0);
  signal(SIGUSR1, SIG_IGN);
  CHECK(kill(0, SIGUSR1) == 0);
  CHECK(waitpid(c, &status, 0) == c && WTERMSIG(status) == SIGUSR1);
  CHECK_FAILS(getpgid(c), ESRCH);
  CHECK_FAILS(kill(c, 0), ESRCH);
  CHECK_FAILS(kill(getpid(), 65), EINVAL);
  CHECK_FAILS(kill(getpid(), -1), EINVAL);
  _exit(0);
}

int main(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) in_child();
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("child: %d\n", status);
  return 0;
}
