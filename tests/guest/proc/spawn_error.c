// posix_spawn tells its caller why exec failed, and leaves no child behind.
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char** environ;

static void try_it(const char* what, const char* path, posix_spawn_file_actions_t* actions) {
  char* args[] = {"x", "child", NULL};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path, actions, NULL, args, environ);
  printf("%s: %s\n", what, error == 0 ? "started" : strerror(error));
  fflush(stdout);
  int status = 0;
  if (error == 0) {
    CHECK(waitpid(pid, &status, 0) == pid);
    printf("exit %d\n", WEXITSTATUS(status));
    fflush(stdout);
  }
  errno = 0;
  CHECK(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
}

int main(int argc, char** argv) {
  (void)argv;
  if (argc > 1) return 12;
  const char* self = (const char*)getauxval(AT_EXECFN);
  try_it("missing", "no-such-program", NULL);
  const int fd = open("plain", O_CREAT | O_WRONLY, 0600);
  CHECK(fd >= 0);
  CHECK(write(fd, "text", 4) == 4 && close(fd) == 0);
  try_it("not executable", "./plain", NULL);
  CHECK(chmod("plain", 0700) == 0);
  try_it("no program", "./plain", NULL);
  CHECK(unlink("plain") == 0);
  try_it("directory", ".", NULL);
  posix_spawn_file_actions_t actions;
  CHECK(posix_spawn_file_actions_init(&actions) == 0);
  CHECK(posix_spawn_file_actions_addopen(&actions, 5, "no-such-file", O_RDONLY, 0) == 0);
  try_it("file action", self, &actions);
  CHECK(posix_spawn_file_actions_destroy(&actions) == 0);
  try_it("itself", self, NULL);
  return 0;
}
