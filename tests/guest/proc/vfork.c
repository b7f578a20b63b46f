// vfork, posix_spawn and system: the parent goes on when the child has executed or ended.
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char** environ;

int main(int argc, char** argv) {
  (void)argv;
  if (argc > 1) {
    printf("child: %s\n", argv[1]);
    return 12;
  }
  const char* self = (const char*)getauxval(AT_EXECFN);
  fflush(stdout);
  int status;
  pid_t pid = vfork();
  CHECK(pid >= 0);
  if (pid == 0) _exit(11);
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("exit %d\n", WEXITSTATUS(status));
  fflush(stdout);
  pid = vfork();
  if (pid == 0) {
    execl(self, "x", "by vfork", NULL);
    _exit(127);
  }
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("exec %d\n", WEXITSTATUS(status));
  fflush(stdout);
  char* args[] = {"x", "by spawn", NULL};
  CHECK(posix_spawn(&pid, self, NULL, NULL, args, environ) == 0);
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("spawn %d\n", WEXITSTATUS(status));
  return 0;
}
