// write-filter PATTERN PROGRAM...: only files such as PATTERN, say *.log, can be written

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "lind/grate.h"

static const char* pattern;

static lind_result check(struct lind_call* call, int index) {
  char path[4096];
  const ssize_t bytes = lind_get_string(call, index, path, sizeof(path));
  if (bytes < 0) return bytes;
  // The name that was looked at is the one that is used: the caller could change its own meanwhile.
  lind_give(call, index, path);
  if (strncmp(path, "/dev/", 5) == 0) return lind_make(call);
  const char* const slash = strrchr(path, '/');
  if (fnmatch(pattern, slash != NULL ? slash + 1 : path, 0) != 0) return -EPERM;
  return lind_make(call);
}

static int writes(uint64_t flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
}

static lind_result open_file(struct lind_call* call) {
  return writes(call->arg[1]) ? check(call, 0) : lind_forward();
}
static lind_result open_at(struct lind_call* call) {
  return writes(call->arg[2]) ? check(call, 1) : lind_forward();
}
static lind_result first(struct lind_call* call) {
  return check(call, 0);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: write-filter PATTERN PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  pattern = argv[1];
  lind_on(SYS_open, open_file);
  lind_on(SYS_openat, open_at);
  lind_on(SYS_creat, first);
  lind_on(SYS_truncate, first);
  lind_on_deny(SYS_openat2, ENOSYS);
  // A file that may be written must not be given another name.
  lind_on_deny(SYS_rename, EPERM);
  lind_on_deny(SYS_renameat, EPERM);
  lind_on_deny(SYS_renameat2, EPERM);
  lind_on_deny(SYS_link, EPERM);
  lind_on_deny(SYS_linkat, EPERM);
  return lind_run(argv + 2);
}
