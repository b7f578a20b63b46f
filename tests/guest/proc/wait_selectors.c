// Which children wait finds: by pid, by group, any; what it refuses; WNOHANG.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static pid_t child(int code) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) _exit(code);
  return pid;
}

static pid_t sleeper(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid != 0) return pid;
  for (;;)
    pause();
}

int main(void) {
  int status = 0;
  CHECK_FAILS(wait(NULL), ECHILD);
  CHECK_FAILS(waitpid(getpid(), NULL, 0), ECHILD);
  CHECK_FAILS(waitpid(-1, NULL, 0x7000), EINVAL);
  siginfo_t info;
  CHECK_FAILS(waitid(P_ALL, 0, &info, 0), EINVAL);
  CHECK_FAILS(waitid(P_PID, 0, &info, WEXITED), EINVAL);
  CHECK_FAILS(waitid(17, 1, &info, WEXITED), EINVAL);
  CHECK_FAILS(waitid(P_ALL, 0, &info, WEXITED), ECHILD);

  pid_t lives = sleeper();
  CHECK(waitpid(lives, &status, WNOHANG) == 0);
  info.si_pid = 77;
  CHECK(waitid(P_PID, lives, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);

  pid_t first = child(1);
  pid_t second = child(2);
  CHECK(waitpid(second, &status, 0) == second && WEXITSTATUS(status) == 2);
  CHECK(waitpid(0, &status, 0) == first && WEXITSTATUS(status) == 1);

  pid_t other = sleeper();
  CHECK(setpgid(other, other) == 0);
  CHECK_FAILS(waitpid(-first, NULL, WNOHANG), ECHILD);
  CHECK(waitpid(-other, NULL, WNOHANG) == 0);
  CHECK(kill(-other, SIGTERM) == 0);
  CHECK(waitpid(-other, &status, 0) == other && WTERMSIG(status) == SIGTERM);

  CHECK(kill(lives, SIGKILL) == 0);
  struct rusage usage;
  memset(&usage, 1, sizeof(usage));
  CHECK(wait4(-1, &status, 0, &usage) == lives && WTERMSIG(status) == SIGKILL);
  CHECK(usage.ru_utime.tv_sec == 0);
  CHECK_FAILS(wait(NULL), ECHILD);
  puts("done");
  return 0;
}
