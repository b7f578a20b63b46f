/// \file
/// The system calls that take paths, and where in their arguments these are.
#ifndef LIND_GRATES_PATH_CALLS_H
#define LIND_GRATES_PATH_CALLS_H 1

#include <stdbool.h>
#include <sys/syscall.h>

struct path_call {
  short number;
  signed char path, directory;    ///< indices of arguments; -1: none
  signed char path2, directory2;  ///< of a second one
  bool follows;                   ///< links at the end, unless flags say otherwise
  signed char flags;              ///< index of AT_ flags or, for open, O_ flags; -1: none
};

static const struct path_call path_calls[] = {
    {SYS_open, 0, -1, -1, -1, true, 1},       {SYS_creat, 0, -1, -1, -1, true, -1},
    {SYS_stat, 0, -1, -1, -1, true, -1},      {SYS_lstat, 0, -1, -1, -1, false, -1},
    {SYS_access, 0, -1, -1, -1, true, -1},    {SYS_truncate, 0, -1, -1, -1, true, -1},
    {SYS_chdir, 0, -1, -1, -1, true, -1},     {SYS_rename, 0, -1, 1, -1, false, -1},
    {SYS_mkdir, 0, -1, -1, -1, false, -1},    {SYS_rmdir, 0, -1, -1, -1, false, -1},
    {SYS_link, 0, -1, 1, -1, false, -1},      {SYS_unlink, 0, -1, -1, -1, false, -1},
    {SYS_symlink, 1, -1, -1, -1, false, -1},  {SYS_readlink, 0, -1, -1, -1, false, -1},
    {SYS_chmod, 0, -1, -1, -1, true, -1},     {SYS_chown, 0, -1, -1, -1, true, -1},
    {SYS_lchown, 0, -1, -1, -1, false, -1},   {SYS_statfs, 0, -1, -1, -1, true, -1},
    {SYS_utime, 0, -1, -1, -1, true, -1},     {SYS_utimes, 0, -1, -1, -1, true, -1},
    {SYS_mknod, 0, -1, -1, -1, false, -1},    {SYS_openat, 1, 0, -1, -1, true, 2},
    {SYS_mkdirat, 1, 0, -1, -1, false, -1},   {SYS_mknodat, 1, 0, -1, -1, false, -1},
    {SYS_fchownat, 1, 0, -1, -1, true, 4},    {SYS_futimesat, 1, 0, -1, -1, true, -1},
    {SYS_newfstatat, 1, 0, -1, -1, true, 3},  {SYS_unlinkat, 1, 0, -1, -1, false, -1},
    {SYS_renameat, 1, 0, 3, 2, false, -1},    {SYS_linkat, 1, 0, 3, 2, false, -1},
    {SYS_symlinkat, 2, 1, -1, -1, false, -1}, {SYS_readlinkat, 1, 0, -1, -1, false, -1},
    {SYS_fchmodat, 1, 0, -1, -1, true, -1},   {SYS_faccessat, 1, 0, -1, -1, true, -1},
    {SYS_utimensat, 1, 0, -1, -1, true, 3},   {SYS_renameat2, 1, 0, 3, 2, false, -1},
    {SYS_statx, 1, 0, -1, -1, true, 2},       {SYS_faccessat2, 1, 0, -1, -1, true, 3},
    {SYS_execve, 0, -1, -1, -1, true, -1},
};

static inline const struct path_call* path_call_of(int number) {
  const struct path_call* how = path_calls;
  while (how->number != number)
    how++;
  return how;
}

#endif
