// devnull PATH PROGRAM...: PATH is empty to read, and takes and forgets what is
// written

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "lind/grate.h"

/// All descriptors of PATH lead to the only one there is.
struct file {
  uint32_t users;
};
static struct file nothing = {.users = 1};

struct cage_state {
  char unused;
};

static void end_file(struct file* file) {
  file->users = 1;  // not reached: the first user is ourselves
}
static void copy_state(const struct cage_state* from, struct cage_state* to) {
  *to = *from;
}
static void drop_state(struct cage_state* state) {
  (void)state;
}

#include "lind/cages.h"

static const char* path;

static lind_result open_nothing(struct lind_call* call) {
  const int at = call->number == SYS_openat;
  char given[PATH_MAX];
  const ssize_t bytes = lind_get_string(call, at, given, sizeof(given));
  if (bytes < 0) return bytes;
  if (strcmp(given, path) != 0) return lind_forward();
  const int flags = call->number == SYS_creat ? O_WRONLY : (int)call->arg[at + 1];
  if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return -EEXIST;
  lock_cages();
  const lind_result number = open_file(call, &nothing, (flags & O_CLOEXEC) != 0);
  unlock_cages();
  return number;
}

// The sum of what the parts of a writev hold.
static lind_result sum_of_parts(const struct lind_call* call) {
  lind_result sum = 0;
  if (call->arg[2] > IOV_MAX) return -EINVAL;
  for (uint64_t i = 0; i < call->arg[2]; i++) {
    struct iovec part;
    const uint64_t at = call->arg[1] + i * sizeof(part);
    if (lind_copy_in(&part, call->owner[1], at, sizeof(part)) != sizeof(part)) return -EFAULT;
    sum += (lind_result)part.iov_len;
  }
  return sum;
}

static lind_result answer(struct lind_call* call) {
  switch (call->number) {
    case SYS_write:
    case SYS_pwrite64:
      return (lind_result)call->arg[2];
    case SYS_writev:
    case SYS_pwritev:
      return sum_of_parts(call);
    case SYS_ioctl:
      return -ENOTTY;
    case SYS_ftruncate:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_fallocate:
      return -EINVAL;
    case SYS_fstat: {
      const struct stat status = {
          .st_mode = S_IFCHR | 0666, .st_nlink = 1, .st_rdev = 0x103, .st_blksize = 4096};
      return lind_put(call, 1, &status, sizeof(status)) == sizeof(status) ? 0 : -EFAULT;
    }
    default:  // reads, and where they are
      return 0;
  }
}

static lind_result use_nothing(struct lind_call* call) {
  lock_cages();
  const bool is_ours = file_of(call, 0) != NULL;
  unlock_cages();
  return is_ours ? answer(call) : lind_forward();
}

int main(int argc, char** argv) {
  static const int on_file[] = {SYS_read,  SYS_pread64,   SYS_readv,    SYS_preadv,
                                SYS_write, SYS_pwrite64,  SYS_writev,   SYS_pwritev,
                                SYS_lseek, SYS_fstat,     SYS_ioctl,    SYS_ftruncate,
                                SYS_fsync, SYS_fdatasync, SYS_fallocate};
  if (argc < 3 || argv[1][0] != '/') {
    fputs("usage: devnull /PATH PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  path = argv[1];
  route_cages();
  lind_on(SYS_open, open_nothing);
  lind_on(SYS_creat, open_nothing);
  lind_on(SYS_openat, open_nothing);
  for (size_t i = 0; i < sizeof(on_file) / sizeof(on_file[0]); i++)
    lind_on(on_file[i], use_nothing);
  return lind_run(argv + 2);
}
