// SIGCHLD: told once per child at least, with who and how; ignored, children leave no zombie.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile int seen_pid, seen_status, seen_code;
static void handler(int signo, siginfo_t* info, void* context) {
  (void)signo;
  (void)context;
  seen_pid = info->si_pid;
  seen_status = info->si_status;
  seen_code = info->si_code;
}

static pid_t child(int code) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    if (code >= 0) _exit(code);
    raise(-code);
  }
  return pid;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
  int ends[] = {0, 9, -SIGKILL, -SIGTERM};
  for (int i = 0; i < 4; i++) {
    seen_pid = 0;
    pid_t pid = child(ends[i]);
    CHECK(waitpid(pid, NULL, 0) == pid);
    // The signal is on its way before wait can see the end.
    printf("told %d code %d status %d\n", seen_pid == pid, seen_code, seen_status);
  }
  action.sa_flags |= SA_NOCLDWAIT;
  CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
  seen_pid = 0;
  pid_t pid = child(1);
  CHECK_FAILS(waitpid(pid, NULL, 0), ECHILD);
  printf("nocldwait: told %d\n", seen_pid == pid);
  signal(SIGCHLD, SIG_IGN);
  pid = child(1);
  CHECK_FAILS(waitpid(pid, NULL, 0), ECHILD);
  CHECK_FAILS(kill(pid, 0), ESRCH);
  signal(SIGCHLD, SIG_DFL);
  pid = child(4);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 4);
  printf("done\n");
  return 0;
}
