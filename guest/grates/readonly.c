// readonly PROGRAM...: no file or directory can be changed; pipes and devices can be written
//
// Files are opened without write access or not at all, so that what is written later needs no look.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "lind/grate.h"

static lind_result refuse_writers(const struct lind_call* call, uint64_t flags) {
  const int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  if (!changes) return lind_forward();
  // What is no regular file may be written: /dev/null, a terminal, a named pipe.
  struct lind_call plain = *call;
  const int index = call->number == SYS_open ? 1 : 2;
  plain.arg[index] = flags & ~(uint64_t)(O_CREAT | O_TRUNC | O_EXCL);
  char path[64] = "";
  const ssize_t bytes = lind_get_string(call, index - 1, path, sizeof(path));
  const int is_device = bytes > 0 && path[0] == '/' && path[1] == 'd' && path[2] == 'e' &&
                        path[3] == 'v' && path[4] == '/';
  return is_device ? lind_make(&plain) : -EROFS;
}

static lind_result open_file(struct lind_call* call) {
  return refuse_writers(call, call->arg[1]);
}

static lind_result open_at(struct lind_call* call) {
  return refuse_writers(call, call->arg[2]);
}

static lind_result open_how(struct lind_call* call) {
  uint64_t flags = 0;
  const ssize_t bytes = lind_get(call, 2, &flags, sizeof(flags));
  if (bytes < 0) return bytes;
  const int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  return changes ? -EROFS : lind_forward();
}

// access(W_OK) says what an attempt would find.
static lind_result may_access(struct lind_call* call) {
  const int mode = (int)call->arg[call->number == SYS_access ? 1 : 2];
  return (mode & 2) != 0 ? -EROFS : lind_forward();
}

static const int changing[] = {
    SYS_creat,     SYS_truncate,  SYS_ftruncate,   SYS_rename,       SYS_renameat,
    SYS_renameat2, SYS_mkdir,     SYS_mkdirat,     SYS_rmdir,        SYS_unlink,
    SYS_unlinkat,  SYS_link,      SYS_linkat,      SYS_symlink,      SYS_symlinkat,
    SYS_mknod,     SYS_mknodat,   SYS_chmod,       SYS_fchmod,       SYS_fchmodat,
    SYS_chown,     SYS_fchown,    SYS_lchown,      SYS_fchownat,     SYS_utime,
    SYS_utimes,    SYS_futimesat, SYS_utimensat,   SYS_fallocate,    SYS_setxattr,
    SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
};

int main(int argc, char** argv) {
  if (argc < 2) {
    fputs("usage: readonly PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  for (unsigned i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
    lind_on_deny(changing[i], EROFS);
  lind_on(SYS_open, open_file);
  lind_on(SYS_openat, open_at);
  lind_on(SYS_openat2, open_how);
  lind_on(SYS_access, may_access);
  lind_on(SYS_faccessat, may_access);
  lind_on(SYS_faccessat2, may_access);
  return lind_run(argv + 1);
}
