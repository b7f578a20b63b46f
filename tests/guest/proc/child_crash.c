// A child that crashes dies alone: the parent reads why, its brothers go on.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile int zero, seven = 7;
static void (*volatile nowhere)(void);

static void crash(int how) {
  switch (how) {
    case 0:
      *(volatile int*)(volatile long)(zero + 8) = 1;
      break;
    case 1:
      zero = seven / zero;
      break;
    case 2:
      abort();
    case 3:
      nowhere();
      break;
    case 4:
      __builtin_trap();
    case 5: {
      volatile char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      *page = 1;
      break;
    }
    case 6: {
      signal(SIGSEGV, SIG_IGN);
      *(volatile int*)(volatile long)(zero + 8) = 1;
      break;
    }
    case 7: {
      sigset_t all;
      sigfillset(&all);
      sigprocmask(SIG_BLOCK, &all, NULL);
      *(volatile int*)(volatile long)(zero + 8) = 1;
      break;
    }
  }
  _exit(0);
}

int main(void) {
  int fds[2];
  CHECK(pipe(fds) == 0);
  pid_t brother = fork();
  if (brother == 0) {
    char c;
    close(fds[1]);
    CHECK(read(fds[0], &c, 1) == 0);
    _exit(17);
  }
  for (int how = 0; how < 8; how++) {
    pid_t pid = fork();
    if (pid == 0) crash(how);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    printf("%d: signaled %d by %d\n", how, WIFSIGNALED(status), WTERMSIG(status));
  }
  close(fds[1]);
  int status;
  CHECK(waitpid(brother, &status, 0) == brother);
  printf("brother: %d\n", WEXITSTATUS(status));
  return 0;
}
