// Every way a child can end is told to its parent, by wait and by waitid.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void end_by(int how) {
  if (how < 256) _exit(how);
  raise(how - 256);
  _exit(99);
}

static void show(int how) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) end_by(how);
  siginfo_t info;
  memset(&info, 0, sizeof(info));
  CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
  CHECK(info.si_pid == pid && info.si_signo == SIGCHLD);
  int status = -1;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("%d: code %d status %d | exited %d %d signaled %d %d stopped %d\n", how, info.si_code,
         info.si_status, WIFEXITED(status), WEXITSTATUS(status), WIFSIGNALED(status),
         WTERMSIG(status), WIFSTOPPED(status));
  CHECK_FAILS(waitpid(pid, &status, 0), ECHILD);
}

int main(void) {
  int ends[] = {0,
                1,
                42,
                127,
                255,
                256 + SIGHUP,
                256 + SIGKILL,
                256 + SIGTERM,
                256 + SIGUSR2,
                256 + SIGRTMIN};
  for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
    show(ends[i]);
  return 0;
}
