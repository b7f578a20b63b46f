// Stopping and continuing a child, as job control does.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  int fds[2];
  CHECK(pipe(fds) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    char c;
    CHECK(read(fds[0], &c, 1) == 1);
    _exit(c);
  }
  // A group of its own, or SIGTSTP would stop nobody when the test leads a session.
  CHECK(setpgid(pid, pid) == 0);
  for (int round = 0; round < 3; round++) {
    int status;
    CHECK(kill(pid, round == 1 ? SIGTSTP : SIGSTOP) == 0);
    CHECK(waitpid(pid, &status, WUNTRACED) == pid);
    printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
    CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
    CHECK(kill(pid, SIGCONT) == 0);
    siginfo_t info;
    CHECK(waitid(P_PID, pid, &info, WCONTINUED) == 0);
    printf("continued: code %d status %d\n", info.si_code, info.si_status);
  }
  CHECK(kill(pid, SIGSTOP) == 0);
  int status;
  CHECK(waitpid(pid, &status, WUNTRACED) == pid);
  // What comes while it is stopped waits, but for SIGKILL.
  CHECK(kill(pid, SIGTERM) == 0);
  usleep(20000);
  CHECK(waitpid(pid, &status, WNOHANG) == 0);
  CHECK(kill(pid, SIGKILL) == 0);
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("killed by %d\n", WTERMSIG(status));
  return 0;
}
