/// \file
/// For grates whose cages take a directory for their root: chroot, fs-view.
///
/// Paths are resolved here, component by component, and given on without links and "..".  That
/// keeps a program inside; a hostile one that renames directories while a call is on its way may
/// still get out, and scripts find their interpreter in the real root.
#ifndef LIND_GRATES_REBASE_H
#define LIND_GRATES_REBASE_H 1

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "lind/grate.h"
#include "path_calls.h"

enum { PATH_BYTES = 4096, MAX_LINKS = 40 };

/// The directory that is `cage`'s root, without a slash at its end.  Each grate's own.
static void root_of(uint32_t cage, char root[PATH_BYTES]);

/// A call of `number` for the same cage, with arguments of ours where `ours` has a bit.
static inline lind_result call_for(const struct lind_call* call, int number, uint64_t a, uint64_t b,
                                   uint64_t c, uint64_t d, unsigned ours) {
  struct lind_call made = {.number = number, .target = call->target, .arg = {a, b, c, d}};
  for (int i = 0; i < 6; i++)
    made.owner[i] = (ours >> i & 1) != 0 ? call->grate : call->target;
  return lind_make(&made);
}

/// Whether `path` lies in `root`; where it goes on then.
static inline const char* inside(const char* path, const char* root) {
  const size_t length = strlen(root);
  if (strncmp(path, root, length) != 0) return NULL;
  return path[length] == '\0' || path[length] == '/' ? path + length : NULL;
}

// One side of a resolution: `done` is `head` (root, or nothing for a path below a descriptor) and
// the components so far.
struct walk {
  const struct lind_call* call;
  int directory;
  size_t head;
  char done[PATH_BYTES];
  char rest[PATH_BYTES];
  int links;
};

static inline int start_absolute(struct walk* walk, const char* root) {
  walk->directory = AT_FDCWD;
  walk->head = strlen(root);
  memcpy(walk->done, root, walk->head + 1);
  return 0;
}

static inline int step_back(struct walk* walk) {
  char* const slash = strrchr(walk->done + walk->head, '/');
  if (slash != NULL) {
    *slash = '\0';
  } else if (walk->directory == AT_FDCWD || walk->done[walk->head] != '\0') {
    walk->done[walk->head] = '\0';
  } else {
    return -EACCES;  // above a descriptor: nobody knows whether that is inside
  }
  return 0;
}

// Appends `name`, or what the link of that name says.
static inline int step(struct walk* walk, const char* root, const char* name, bool follow) {
  const size_t before = strlen(walk->done);
  const bool needs_slash = before > 0;
  if (before + strlen(name) + 2 > PATH_BYTES) return -ENAMETOOLONG;
  if (needs_slash) strcat(walk->done, "/");
  strcat(walk->done, name);
  if (!follow) return 0;
  char target[PATH_BYTES];
  const lind_result length =
      call_for(walk->call, SYS_readlinkat, (uint64_t)(int64_t)walk->directory,
               (uintptr_t)walk->done, (uintptr_t)target, PATH_BYTES - 1, 6);
  if (length < 0) return 0;  // no link, or nothing: the call itself tells
  if (++walk->links > MAX_LINKS) return -ELOOP;
  target[length] = '\0';
  walk->done[before] = '\0';
  if ((size_t)length + strlen(walk->rest) + 2 > PATH_BYTES) return -ENAMETOOLONG;
  strcat(strcat(target, "/"), walk->rest);
  strcpy(walk->rest, target);
  return target[0] == '/' ? start_absolute(walk, root) : 0;
}

/// The path of argument `index` as the microvisor shall see it.  0 or -errno.
static inline int rebase(const struct lind_call* call, int index, int directory_index, bool follow,
                         char out[PATH_BYTES]) {
  static _Thread_local struct walk walk;
  char root[PATH_BYTES], cwd[PATH_BYTES];
  root_of(call->target, root);
  const ssize_t bytes = lind_get_string(call, index, walk.rest, PATH_BYTES);
  if (bytes < 0) return (int)bytes;
  if (bytes == 1) {
    out[0] = '\0';
    return 0;
  }
  walk.call = call;
  walk.links = 0;
  const int directory = directory_index < 0 ? AT_FDCWD : (int)call->arg[directory_index];
  const bool ends_in_slash = walk.rest[bytes - 2] == '/';
  start_absolute(&walk, root);
  if (walk.rest[0] != '/' && directory != AT_FDCWD) {
    walk.directory = directory;
    walk.head = 0;
    walk.done[0] = '\0';
  } else if (walk.rest[0] != '/') {
    const lind_result length = call_for(call, SYS_getcwd, (uintptr_t)cwd, PATH_BYTES, 0, 0, 1);
    if (length < 0) return (int)length;
    const char* const below = inside(cwd, root);
    strcpy(walk.done, below != NULL ? cwd : root);
  }
  while (walk.rest[0] != '\0') {
    char name[PATH_BYTES];
    const char* const start = walk.rest + strspn(walk.rest, "/");
    const size_t length = strcspn(start, "/");
    memcpy(name, start, length);
    name[length] = '\0';
    const char* const after = start + length + strspn(start + length, "/");
    const bool last = after[0] == '\0';
    memmove(walk.rest, start + length, strlen(start + length) + 1);
    if (last) walk.rest[0] = '\0';
    if (length == 0 || strcmp(name, ".") == 0) continue;
    const int error = strcmp(name, "..") == 0
                          ? step_back(&walk)
                          : step(&walk, root, name, !last || follow || ends_in_slash);
    if (error != 0) return error;
  }
  if (walk.done[0] == '\0') strcpy(walk.done, walk.directory == AT_FDCWD ? "/" : ".");
  strcpy(out, walk.done);
  return 0;
}

static inline lind_result answer_path(struct lind_call* call) {
  const struct path_call* const how = path_call_of(call->number);
  char first[PATH_BYTES], second[PATH_BYTES];
  bool follow = how->follows;
  if (how->flags >= 0) {
    const bool opens = call->number == SYS_open || call->number == SYS_openat;
    const uint64_t flags = call->arg[(int)how->flags];
    if ((flags & (opens ? O_NOFOLLOW : AT_SYMLINK_NOFOLLOW)) != 0) follow = false;
    if (opens && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) follow = false;
  }
  // A null path with a descriptor.
  if (call->arg[(int)how->path] == 0) return lind_forward();
  int error = rebase(call, how->path, how->directory, follow, first);
  if (error == 0 && how->path2 >= 0)
    error = rebase(call, how->path2, how->directory2, false, second);
  if (error != 0) return error;
  lind_give(call, how->path, first);
  if (how->path2 >= 0) lind_give(call, how->path2, second);
  return lind_make(call);
}

/// An inner grate is found where all are.
static inline lind_result answer_exec(struct lind_call* call) {
  char path[PATH_BYTES];
  const char grates[] = "/usr/lib/lind/grates/";
  const ssize_t bytes = lind_get_string(call, 0, path, sizeof(path));
  if (bytes > 0 && strncmp(path, grates, sizeof(grates) - 1) == 0 &&
      strchr(path + sizeof(grates) - 1, '/') == NULL) {
    return lind_forward();
  }
  return answer_path(call);
}

static inline lind_result answer_getcwd(struct lind_call* call) {
  char root[PATH_BYTES], cwd[PATH_BYTES];
  root_of(call->target, root);
  const lind_result length = call_for(call, SYS_getcwd, (uintptr_t)cwd, PATH_BYTES, 0, 0, 1);
  if (length < 0) return length;
  const char* below = inside(cwd, root);
  if (below == NULL || *below == '\0') below = "/";
  const size_t bytes = strlen(below) + 1;
  if (call->arg[1] < bytes) return -ERANGE;
  const ssize_t put = lind_put(call, 0, below, bytes);
  return put == (ssize_t)bytes ? put : -EFAULT;
}

static inline void rebase_all(void) {
  for (unsigned i = 0; i < sizeof(path_calls) / sizeof(path_calls[0]); i++)
    lind_on(path_calls[i].number, answer_path);
  lind_on(SYS_execve, answer_exec);
  lind_on(SYS_getcwd, answer_getcwd);
  // What would take a path past us.
  lind_on_deny(SYS_chroot, EPERM);
  lind_on_deny(SYS_openat2, ENOSYS);
  lind_on_deny(SYS_execveat, ENOSYS);
  lind_on_deny(SYS_setxattr, EOPNOTSUPP);
  lind_on_deny(SYS_lsetxattr, EOPNOTSUPP);
  lind_on_deny(SYS_getxattr, EOPNOTSUPP);
  lind_on_deny(SYS_lgetxattr, EOPNOTSUPP);
  lind_on_deny(SYS_listxattr, EOPNOTSUPP);
  lind_on_deny(SYS_llistxattr, EOPNOTSUPP);
  lind_on_deny(SYS_removexattr, EOPNOTSUPP);
  lind_on_deny(SYS_lremovexattr, EOPNOTSUPP);
}

#endif
