// Programs with set-id bits, run by a user.
// user: root
#include <fcntl.h>
#include <grp.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void copy_self(const char* path) {
  const int from = open("/proc/self/exe", O_RDONLY);
  const int to = open(path, O_CREAT | O_WRONLY | O_EXCL, 0755);
  CHECK(from >= 0 && to >= 0);
  static char buffer[65536];
  for (ssize_t n; (n = read(from, buffer, sizeof(buffer))) > 0;)
    CHECK(write(to, buffer, (size_t)n) == n);
  CHECK(close(from) == 0 && close(to) == 0);
}

static void run(const char* path, int no_new_privs) {
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(setgroups(0, NULL) == 0 && setgid(1000) == 0 && setuid(1000) == 0);
    if (no_new_privs) CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    execl(path, path, "child", (char*)NULL);
    printf("%s\n", strerrorname_np(errno));
    exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(int argc, char** argv) {
  uid_t r, e, s;
  gid_t gr, ge, gs;
  CHECK(getresuid(&r, &e, &s) == 0 && getresgid(&gr, &ge, &gs) == 0);
  if (argc > 1) {
    printf("%s: %u %u %u, %u %u %u, secure %lu, told %lu %lu %lu %lu\n", argv[1], r, e, s, gr, ge,
           gs, getauxval(AT_SECURE), getauxval(AT_UID), getauxval(AT_EUID), getauxval(AT_GID),
           getauxval(AT_EGID));
    return 0;
  }
  CHECK(mkdir("place", 0755) == 0 && chdir("place") == 0);
  copy_self("program");
  run("./program", 0);
  CHECK(chown("program", 1001, 1002) == 0 && chmod("program", 04755) == 0);
  run("./program", 0);
  CHECK(chmod("program", 06755) == 0);
  run("./program", 0);
  run("./program", 1);
  CHECK(chmod("program", 02745) == 0);
  run("./program", 0);
  CHECK(chmod("program", 04711) == 0);
  run("./program", 0);
  CHECK(chmod("program", 04700) == 0);
  run("./program", 0);
  CHECK(chmod("program", 04755) == 0 && chown("program", 0, 0) == 0);
  run("./program", 0);
  CHECK(chmod("program", 04755) == 0);
  run("./program", 0);
  CHECK(chmod(".", 0700) == 0);
  run("./program", 0);
  return 0;
}
