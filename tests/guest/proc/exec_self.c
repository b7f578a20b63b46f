// exec keeps the pid, descriptors, mask and ignored signals; closes marked descriptors; resets
// handlers.
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void handler(int signo) {
  (void)signo;
}

static int after(int argc, char** argv, char** envp) {
  printf("args %d:", argc);
  for (int i = 0; i < argc; i++) {
    if (i != 2) printf(" [%s]", argv[i]);
  }
  printf("\nenv:");
  for (char** e = envp; *e; e++)
    printf(" %s", *e);
  printf("\nsame pid %d\n", atoi(argv[2]) == getpid());
  struct sigaction action;
  sigaction(SIGUSR1, NULL, &action);
  printf("usr1 default %d\n", action.sa_handler == SIG_DFL);
  sigaction(SIGUSR2, NULL, &action);
  printf("usr2 ignored %d\n", action.sa_handler == SIG_IGN);
  sigset_t mask, pending;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  sigpending(&pending);
  printf("term blocked %d pending %d\n", sigismember(&mask, SIGTERM),
         sigismember(&pending, SIGTERM));
  printf("kept %d closed %d\n", fcntl(10, F_GETFD) == 0,
         fcntl(11, F_GETFD) == -1 && errno == EBADF);
  return 7;
}

int main(int argc, char** argv, char** envp) {
  if (argc > 1 && strcmp(argv[1], "after") == 0) return after(argc, argv, envp);
  signal(SIGUSR1, handler);
  signal(SIGUSR2, SIG_IGN);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  sigprocmask(SIG_BLOCK, &mask, NULL);
  CHECK(dup2(0, 10) == 10 && dup2(0, 11) == 11);
  CHECK(fcntl(11, F_SETFD, FD_CLOEXEC) == 0);
  printf("before\n");
  fflush(stdout);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    raise(SIGTERM);
    char self[16];
    snprintf(self, sizeof(self), "%d", getpid());
    char* args[] = {"zero", "after", self, "one", "", "two words", NULL};
    char* env[] = {"A=1", "EMPTY=", "NOEQUALS", NULL};
    execve((const char*)getauxval(AT_EXECFN), args, env);
    CHECK(!"execve returned");
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("exit %d\n", WEXITSTATUS(status));
  return 0;
}
