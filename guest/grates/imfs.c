// imfs [-l DIRECTORY] [-d DIRECTORY] PLACE PROGRAM...: PLACE and what is below are files in memory

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "imfs_walk.h"
#include "lind/grate.h"
#include "path_calls.h"

enum { CHUNK = 65536 };

// --- descriptors
// -----------------------------------------------------------------------------------

static lind_result open_node(struct lind_call* call, struct node* node, int flags) {
  struct file* const file = calloc(1, sizeof(*file));
  if (file == NULL) return -ENOMEM;
  node->users++;
  *file = (struct file){.node = node, .flags = flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC)};
  return open_file(call, file, (flags & O_CLOEXEC) != 0);
}

static lind_result create(struct lind_call* call, struct place* place, int flags, mode_t mode) {
  if (place->must_be_directory) return -EISDIR;
  if (!is_allowed(place->directory, 3)) return -EACCES;
  int error = 0;
  const mode_t allowed = (mode & 07777) & ~mask_of(call);
  struct node* const node = make_entry(place->directory, place->name, S_IFREG | allowed, &error);
  return node == NULL ? error : open_node(call, node, flags);
}

static lind_result open_place(struct lind_call* call, struct place* place, int flags, mode_t mode) {
  if ((flags & O_TMPFILE) == O_TMPFILE) return -EOPNOTSUPP;
  struct node* const node = place->node;
  if (node == NULL) return (flags & O_CREAT) != 0 ? create(call, place, flags, mode) : -ENOENT;
  if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return -EEXIST;
  if (S_ISLNK(node->mode)) return -ELOOP;
  const unsigned access = (flags & O_ACCMODE) == O_RDONLY   ? 4
                          : (flags & O_ACCMODE) == O_WRONLY ? 2
                                                            : 6;
  if (S_ISDIR(node->mode)) {
    if ((access & 2) != 0 || (flags & O_CREAT) != 0) return -EISDIR;
  } else if ((flags & O_DIRECTORY) != 0 || place->must_be_directory) {
    return -ENOTDIR;
  }
  if ((flags & O_PATH) == 0 && !is_allowed(node, access)) return -EACCES;
  if ((flags & O_TRUNC) != 0 && (access & 2) != 0) {
    resize(node, 0);
    touch(node);
  }
  return open_node(call, node, flags);
}

static lind_result do_open(struct lind_call* call) {
  const bool at = call->number == SYS_openat;
  const int flags =
      call->number == SYS_creat ? O_CREAT | O_WRONLY | O_TRUNC : (int)call->arg[at + 1];
  const mode_t mode = (mode_t)call->arg[call->number == SYS_creat ? 1 : at + 2];
  const bool follows =
      (flags & O_NOFOLLOW) == 0 && ((flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL));
  struct place place;
  lock_cages();
  lind_result result = find_place(call, at ? 0 : -1, at, follows, &place);
  if (result == 0) result = open_place(call, &place, flags, mode);
  unlock_cages();
  return result == ELSEWHERE ? forward_changed(call, at, &place) : result;
}

static lind_result do_fcntl(struct lind_call* call) {
  const int settable = O_APPEND | O_NONBLOCK;
  lock_cages();
  struct file* const file = file_of(call, 0);
  lind_result result = ELSEWHERE;
  if (file != NULL) {
    switch ((int)call->arg[1]) {
      case F_GETFL:
        result = file->flags;
        break;
      case F_SETFL:
        file->flags = (file->flags & ~settable) | ((int)call->arg[2] & settable);
        result = 0;
        break;
      case F_GETFD:
      case F_SETFD:
      case F_DUPFD:
      case F_DUPFD_CLOEXEC:
        break;
      default:
        result = -ENOLCK;  // locks
    }
  }
  unlock_cages();
  return result == ELSEWHERE ? answer_fcntl(call) : result;
}

// --- data
// --------------------------------------------------------------------------------------------

static lind_result read_at(struct lind_call* call, struct file* file, uint64_t to, uint64_t bytes,
                           uint64_t offset) {
  const struct node* const node = file->node;
  if (offset >= node->size) return 0;
  const uint64_t left = node->size - offset;
  const size_t wanted = (size_t)(bytes < left ? bytes : left);
  return wanted == 0 ? 0 : lind_copy_out(call->owner[1], to, node->data + offset, wanted);
}

static lind_result write_at(struct lind_call* call, struct file* file, uint64_t from,
                            uint64_t bytes, uint64_t offset) {
  struct node* const node = file->node;
  if (bytes == 0) return 0;
  if (offset > INT32_MAX || bytes > INT32_MAX - offset) return -EFBIG;
  const size_t before = node->size;
  if (offset + bytes > before) {
    const int grown = resize(node, offset + bytes);
    if (grown != 0) return grown;
  }
  const ssize_t got = lind_copy_in(node->data + offset, call->owner[1], from, (size_t)bytes);
  const size_t end = (size_t)offset + (got > 0 ? (size_t)got : 0);
  if (node->size > before) node->size = end > before ? end : before;
  if (got > 0) touch(node);
  return got;
}

static bool writes(const struct lind_call* call) {
  return call->number == SYS_write || call->number == SYS_pwrite64 || call->number == SYS_writev ||
         call->number == SYS_pwritev;
}

// One part of a read or write at *offset, which moves on.
static lind_result transfer(struct lind_call* call, struct file* file, uint64_t address,
                            uint64_t bytes, uint64_t* offset) {
  const lind_result done = writes(call) ? write_at(call, file, address, bytes, *offset)
                                        : read_at(call, file, address, bytes, *offset);
  if (done > 0) *offset += (uint64_t)done;
  return done;
}

static lind_result transfer_parts(struct lind_call* call, struct file* file, uint64_t* offset) {
  lind_result sum = 0;
  if (call->arg[2] > IOV_MAX) return -EINVAL;
  for (uint64_t i = 0; i < call->arg[2]; i++) {
    struct iovec part;
    const uint64_t at = call->arg[1] + i * sizeof(part);
    if (lind_copy_in(&part, call->owner[1], at, sizeof(part)) != sizeof(part)) {
      return sum > 0 ? sum : -EFAULT;
    }
    const lind_result done = transfer(call, file, (uintptr_t)part.iov_base, part.iov_len, offset);
    if (done < 0) return sum > 0 ? sum : done;
    sum += done;
    if ((uint64_t)done < part.iov_len) break;
  }
  return sum;
}

static lind_result move_data(struct lind_call* call, struct file* file) {
  const int access = file->flags & O_ACCMODE;
  if ((file->flags & O_PATH) != 0 || access == (writes(call) ? O_RDONLY : O_WRONLY)) return -EBADF;
  if (S_ISDIR(file->node->mode)) return -EISDIR;
  const bool positioned = call->number == SYS_pread64 || call->number == SYS_pwrite64 ||
                          call->number == SYS_preadv || call->number == SYS_pwritev;
  if (positioned && (int64_t)call->arg[3] < 0) return -EINVAL;
  uint64_t offset = positioned ? call->arg[3] : file->offset;
  if (writes(call) && (file->flags & O_APPEND) != 0) offset = file->node->size;
  const bool in_parts = call->number == SYS_readv || call->number == SYS_writev ||
                        call->number == SYS_preadv || call->number == SYS_pwritev;
  const lind_result done = in_parts ? transfer_parts(call, file, &offset)
                                    : transfer(call, file, call->arg[1], call->arg[2], &offset);
  if (!positioned) file->offset = offset;
  return done;
}

static lind_result do_data(struct lind_call* call) {
  lock_cages();
  struct file* const file = file_of(call, 0);
  const lind_result result = file == NULL ? ELSEWHERE : move_data(call, file);
  unlock_cages();
  return result == ELSEWHERE ? lind_forward() : result;
}

static lind_result seek(struct file* file, int64_t offset, int whence) {
  const int64_t size = (int64_t)file->node->size;
  int64_t base = 0;
  switch (whence) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      base = (int64_t)file->offset;
      break;
    case SEEK_END:
      base = size;
      break;
    case SEEK_DATA:
    case SEEK_HOLE:
      if (offset < 0 || offset >= size) return -ENXIO;
      base = whence == SEEK_HOLE ? size - offset : 0;
      break;
    default:
      return -EINVAL;
  }
  int64_t at = 0;
  if (__builtin_add_overflow(base, offset, &at) || at < 0) return -EINVAL;
  file->offset = (uint64_t)at;
  return at;
}

static lind_result list(struct lind_call* call, struct file* file) {
  struct node* const directory = file->node;
  if (!S_ISDIR(directory->mode)) return -ENOTDIR;
  uint64_t written = 0;
  for (size_t i = 0; i < directory->num_entries + 2; i++) {
    const struct entry* const entry = i < 2 ? NULL : &directory->entries[i - 2];
    const uint64_t cookie = i < 2 ? i + 1 : entry->cookie + 2;
    if (cookie <= file->offset) continue;
    const char* const name = i == 0 ? "." : i == 1 ? ".." : entry->name;
    const struct node* const node = i < 2 ? directory : entry->node;
    struct {
      uint64_t number, next;
      uint16_t bytes;
      uint8_t type;
      char name[NAME_BYTES + 8];
    } row = {.number = node->number, .next = cookie, .type = (uint8_t)(node->mode >> 12)};
    row.bytes = (uint16_t)((19 + strlen(name) + 1 + 7) / 8 * 8);
    strcpy(row.name, name);
    if (written + row.bytes > call->arg[2]) return written > 0 ? (lind_result)written : -EINVAL;
    if (lind_copy_out(call->owner[1], call->arg[1] + written, &row, row.bytes) != row.bytes) {
      return written > 0 ? (lind_result)written : -EFAULT;
    }
    written += row.bytes;
    file->offset = cookie;
  }
  return (lind_result)written;
}

// A copy of the file in anonymous memory, which does not change with it.
static lind_result map_copy(const struct lind_call* call, const struct file* file) {
  const bool is_shared = (call->arg[3] & MAP_TYPE) != MAP_PRIVATE;
  if ((file->flags & O_ACCMODE) == O_WRONLY) return -EACCES;
  if (!S_ISREG(file->node->mode) || (is_shared && (call->arg[2] & PROT_WRITE) != 0)) return -ENODEV;
  struct lind_call made = *call;
  made.arg[2] = PROT_READ | PROT_WRITE;
  made.arg[3] = (call->arg[3] & ~(uint64_t)MAP_TYPE) | MAP_PRIVATE | MAP_ANONYMOUS;
  made.arg[4] = (uint64_t)-1;
  made.arg[5] = 0;
  const lind_result address = lind_make(&made);
  if (address < 0 && address > -4096) return address;
  const uint64_t offset = call->arg[5], size = file->node->size;
  if (offset < size) {
    const uint64_t bytes = call->arg[1] < size - offset ? call->arg[1] : size - offset;
    lind_copy_out(call->target, (uint64_t)address, file->node->data + offset, (size_t)bytes);
  }
  if (call->arg[2] == (PROT_READ | PROT_WRITE)) return address;
  const struct lind_call protect = {.number = SYS_mprotect,
                                    .target = call->target,
                                    .arg = {(uint64_t)address, call->arg[1], call->arg[2]}};
  const lind_result done = lind_make(&protect);
  return done < 0 ? done : address;
}

static lind_result do_mmap(struct lind_call* call) {
  lock_cages();
  struct file* const file = (call->arg[3] & MAP_ANONYMOUS) != 0 ? NULL : file_of(call, 4);
  const lind_result result = file == NULL ? ELSEWHERE : map_copy(call, file);
  unlock_cages();
  return result == ELSEWHERE ? lind_forward() : result;
}

// Calls on a descriptor that need nothing but its file.
static lind_result do_on_file(struct lind_call* call) {
  lock_cages();
  struct file* const file = file_of(call, 0);
  lind_result result = ELSEWHERE;
  if (file != NULL) {
    struct stat status;
    switch (call->number) {
      case SYS_lseek:
        result = seek(file, (int64_t)call->arg[1], (int)call->arg[2]);
        break;
      case SYS_fstat:
        describe(file->node, &status);
        result = lind_put(call, 1, &status, sizeof(status)) == sizeof(status) ? 0 : -EFAULT;
        break;
      case SYS_getdents64:
        result = list(call, file);
        break;
      case SYS_ftruncate:
        result = (file->flags & O_ACCMODE) == O_RDONLY || !S_ISREG(file->node->mode)
                     ? -EINVAL
                     : resize(file->node, call->arg[1]);
        if (result == 0) touch(file->node);
        break;
      case SYS_fallocate:
        result = call->arg[1] != 0 ? -EOPNOTSUPP : 0;
        if (result == 0 && call->arg[2] + call->arg[3] > file->node->size) {
          result = resize(file->node, call->arg[2] + call->arg[3]);
        }
        break;
      case SYS_fchmod:
        result = change_mode(file->node, (mode_t)call->arg[1]);
        break;
      case SYS_fchown:
        result = change_owner(file->node, (uid_t)call->arg[1], (gid_t)call->arg[2]);
        break;
      case SYS_fchdir:
        result = S_ISDIR(file->node->mode) ? 0 : -ENOTDIR;
        if (result == 0) enter_directory(cage_of(call), file->node);
        break;
      case SYS_fsync:
      case SYS_fdatasync:
      case SYS_fadvise64:
        result = 0;  // it is as safe as it will be
        break;
      case SYS_ioctl:
        result = -ENOTTY;
        break;
      default:  // sendfile, copy_file_range, splice, flock
        result = call->number == SYS_flock ? -ENOLCK : -EINVAL;
    }
  }
  unlock_cages();
  if (result != ELSEWHERE) return result;
  const lind_result done = lind_forward();
  if (call->number == SYS_fchdir && done == 0) leave_directory(call);
  return done;
}

// Copies between descriptors inside the kernel, one of which may be ours.
static lind_result do_between(struct lind_call* call) {
  const int other = call->number == SYS_sendfile ? 1 : 2;
  lock_cages();
  const bool ours = file_of(call, 0) != NULL || file_of(call, other) != NULL;
  unlock_cages();
  return ours ? -EINVAL : lind_forward();
}

// --- names ---------------------------------------------------------------------------------------

static lind_result make_node(struct lind_call* call, struct place* place, mode_t type,
                             mode_t mode) {
  if (place->node != NULL) return -EEXIST;
  if (type != S_IFDIR && place->must_be_directory) return -ENOENT;
  if (!is_allowed(place->directory, 3)) return -EACCES;
  int error = 0;
  make_entry(place->directory, place->name, type | (mode & 07777 & ~mask_of(call)), &error);
  return error;
}

static lind_result remove_name(struct place* place, bool directory) {
  struct node* const node = place->node;
  if (node == NULL) return -ENOENT;
  if (node == tree_root) return -EBUSY;
  if (place->name[0] == '\0') return directory ? -EINVAL : -EISDIR;
  if (!is_allowed(place->directory, 3)) return -EACCES;
  if (directory && !S_ISDIR(node->mode)) return -ENOTDIR;
  if (!directory && S_ISDIR(node->mode)) return -EISDIR;
  if (!directory && place->must_be_directory) return -ENOTDIR;
  if (directory && node->num_entries > 0) return -ENOTEMPTY;
  remove_entry(place->directory, find_entry(place->directory, place->name));
  return 0;
}

static lind_result get_status(struct lind_call* call, struct node* node, int out) {
  if (node == NULL) return -ENOENT;
  struct stat status;
  describe(node, &status);
  return lind_put(call, out, &status, sizeof(status)) == sizeof(status) ? 0 : -EFAULT;
}

static struct statx_timestamp to_statx(struct timespec time) {
  return (struct statx_timestamp){.tv_sec = time.tv_sec, .tv_nsec = (uint32_t)time.tv_nsec};
}

static lind_result get_statx(struct lind_call* call, struct node* node) {
  if (node == NULL) return -ENOENT;
  struct stat status;
  describe(node, &status);
  const struct statx all = {.stx_mask = STATX_BASIC_STATS,
                            .stx_blksize = 4096,
                            .stx_nlink = (uint32_t)status.st_nlink,
                            .stx_uid = status.st_uid,
                            .stx_gid = status.st_gid,
                            .stx_mode = (uint16_t)status.st_mode,
                            .stx_ino = status.st_ino,
                            .stx_size = (uint64_t)status.st_size,
                            .stx_blocks = (uint64_t)status.st_blocks,
                            .stx_atime = to_statx(status.st_atim),
                            .stx_mtime = to_statx(status.st_mtim),
                            .stx_ctime = to_statx(status.st_ctim),
                            .stx_dev_minor = (uint32_t)status.st_dev};
  return lind_put(call, 4, &all, sizeof(all)) == sizeof(all) ? 0 : -EFAULT;
}

static lind_result read_link(struct lind_call* call, struct node* node, int out) {
  if (node == NULL) return -ENOENT;
  if (!S_ISLNK(node->mode) || (int64_t)call->arg[out + 1] <= 0) return -EINVAL;
  const uint64_t room = call->arg[out + 1];
  const size_t bytes = room < node->size ? (size_t)room : node->size;
  return lind_put(call, out, node->data, bytes);
}

static lind_result set_times(struct lind_call* call, struct node* node, int in) {
  if (node == NULL) return -ENOENT;
  struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
  if (call->arg[in] != 0 && lind_get(call, in, times, sizeof(times)) != sizeof(times))
    return -EFAULT;
  struct timespec* const places[2] = {&node->accessed, &node->modified};
  for (int i = 0; i < 2; i++) {
    if (times[i].tv_nsec == UTIME_OMIT) continue;
    *places[i] = times[i].tv_nsec == UTIME_NOW ? now() : times[i];
  }
  node->changed = now();
  return 0;
}

static lind_result set_size(struct node* node, uint64_t size) {
  if (node == NULL) return -ENOENT;
  if (S_ISDIR(node->mode)) return -EISDIR;
  if ((int64_t)size < 0) return -EINVAL;
  if (!is_allowed(node, 2)) return -EACCES;
  const int done = resize(node, size);
  if (done == 0) touch(node);
  return done;
}

static lind_result check_access(const struct node* node, unsigned mode) {
  if (node == NULL) return -ENOENT;
  return mode == 0 || is_allowed(node, mode & 7) ? 0 : -EACCES;
}

static lind_result change_place(struct lind_call* call, struct place* place) {
  if (place->node == NULL) return -ENOENT;
  if (!S_ISDIR(place->node->mode)) return -ENOTDIR;
  if (!is_allowed(place->node, 1)) return -EACCES;
  enter_directory(cage_of(call), place->node);
  return 0;
}

static lind_result make_link(struct lind_call* call, struct place* place) {
  char target[PATH_BYTES];
  const ssize_t bytes = lind_get_string(call, 0, target, sizeof(target));
  if (bytes <= 0) return bytes < 0 ? bytes : -EFAULT;
  if (bytes == 1) return -ENOENT;
  const lind_result made = make_node(call, place, S_IFLNK, 07777);
  if (made != 0) return made;
  struct node* const node = find_entry(place->directory, place->name)->node;
  node->mode = S_IFLNK | 0777;
  const int stored = resize(node, (uint64_t)bytes - 1);
  if (stored != 0) {
    remove_entry(place->directory, find_entry(place->directory, place->name));
    return stored;
  }
  memcpy(node->data, target, (size_t)bytes - 1);
  return 0;
}

static lind_result answer_path(struct lind_call* call, struct place* place, int path) {
  struct node* const node = place->node;
  switch (call->number) {
    case SYS_stat:
    case SYS_lstat:
    case SYS_newfstatat:
      return get_status(call, node, path + 1);
    case SYS_statx:
      return get_statx(call, node);
    case SYS_access:
    case SYS_faccessat:
    case SYS_faccessat2:
      return check_access(node, (unsigned)call->arg[path + 1]);
    case SYS_mkdir:
    case SYS_mkdirat:
      return make_node(call, place, S_IFDIR, (mode_t)call->arg[path + 1]);
    case SYS_mknod:
    case SYS_mknodat: {
      const mode_t mode = (mode_t)call->arg[path + 1];
      const bool is_file = (mode & S_IFMT) == 0 || S_ISREG(mode);
      return is_file ? make_node(call, place, S_IFREG, mode) : -EPERM;
    }
    case SYS_rmdir:
      return remove_name(place, true);
    case SYS_unlink:
      return remove_name(place, false);
    case SYS_unlinkat:
      return remove_name(place, ((int)call->arg[2] & AT_REMOVEDIR) != 0);
    case SYS_symlink:
    case SYS_symlinkat:
      return make_link(call, place);
    case SYS_readlink:
    case SYS_readlinkat:
      return read_link(call, node, path + 1);
    case SYS_chmod:
    case SYS_fchmodat:
      return node == NULL ? -ENOENT : change_mode(node, (mode_t)call->arg[path + 1]);
    case SYS_chown:
    case SYS_lchown:
    case SYS_fchownat:
      return node == NULL
                 ? -ENOENT
                 : change_owner(node, (uid_t)call->arg[path + 1], (gid_t)call->arg[path + 2]);
    case SYS_utimensat:
      return set_times(call, node, 2);
    case SYS_truncate:
      return set_size(node, call->arg[1]);
    case SYS_chdir:
      return change_place(call, place);
    case SYS_execve:  // the microvisor reads programs, and it does not see ours
      return node == NULL ? -ENOENT : -EACCES;
    default:  // utime and its like, which libc makes of utimensat
      return -ENOSYS;
  }
}

static lind_result do_path(struct lind_call* call) {
  const struct path_call* const form = path_call_of(call->number);
  const int flags = form->flags < 0 ? 0 : (int)call->arg[form->flags];
  const bool follows = form->follows && (flags & AT_SYMLINK_NOFOLLOW) == 0;
  struct place place;
  lock_cages();
  lind_result result = ELSEWHERE;
  // utimensat and fstatat of a descriptor itself
  const bool names_descriptor =
      form->directory >= 0 && (call->arg[form->path] == 0 || (flags & AT_EMPTY_PATH) != 0);
  struct file* const file = names_descriptor ? file_of(call, form->directory) : NULL;
  char first = 1;
  if (file == NULL && call->arg[form->path] == 0) {
    unlock_cages();
    return lind_forward();
  }
  if (file != NULL && call->arg[form->path] != 0) lind_get(call, form->path, &first, 1);
  if (file != NULL && (call->arg[form->path] == 0 || first == 0)) {
    place = (struct place){.node = file->node};
    result = answer_path(call, &place, form->path);
  } else {
    result = find_place(call, form->directory, form->path, follows, &place);
    if (result == 0) result = answer_path(call, &place, form->path);
  }
  unlock_cages();
  if (result != ELSEWHERE) return result;
  const lind_result done = forward_changed(call, form->path, &place);
  if (call->number == SYS_execve && done >= 0) close_marked(call);
  if (call->number == SYS_chdir && done == 0) leave_directory(call);
  return done;
}

// --- two paths -----------------------------------------------------------------------------------

static bool is_inside(const struct node* node, const struct node* directory) {
  for (const struct node* at = node; at != NULL; at = at->parent) {
    if (at == directory) return true;
    if (at == at->parent) return false;
  }
  return false;
}

static lind_result replace(struct place* to, const struct node* from) {
  if (to->node == NULL) return 0;
  if (S_ISDIR(from->mode) && !S_ISDIR(to->node->mode)) return -ENOTDIR;
  if (!S_ISDIR(from->mode) && S_ISDIR(to->node->mode)) return -EISDIR;
  if (to->node->num_entries > 0) return -ENOTEMPTY;
  if (to->node == tree_root || to->name[0] == '\0') return -EBUSY;
  remove_entry(to->directory, find_entry(to->directory, to->name));
  return 0;
}

static lind_result rename_place(struct place* from, struct place* to, unsigned flags) {
  struct node* const node = from->node;
  if (node == NULL) return -ENOENT;
  if (node == tree_root || from->name[0] == '\0' || (to->node != NULL && to->name[0] == '\0')) {
    return -EBUSY;
  }
  if ((flags & ~1U) != 0) return -EINVAL;
  if ((flags & 1) != 0 && to->node != NULL) return -EEXIST;
  if (to->node == node) return 0;
  if (!S_ISDIR(node->mode) && (from->must_be_directory || to->must_be_directory)) return -ENOTDIR;
  if (S_ISDIR(node->mode) && is_inside(to->directory, node)) return -EINVAL;
  if (!is_allowed(from->directory, 3) || !is_allowed(to->directory, 3)) return -EACCES;
  const lind_result replaced = replace(to, node);
  if (replaced != 0) return replaced;
  node->users++;
  remove_entry(from->directory, find_entry(from->directory, from->name));
  const int added = add_entry(to->directory, to->name, node);
  // Room was there a moment ago for the name that has gone.
  if (added != 0) (void)add_entry(from->directory, from->name, node);
  node->users--;
  drop_if_unused(node);
  return added;
}

static lind_result link_place(struct place* from, struct place* to) {
  if (from->node == NULL) return -ENOENT;
  if (to->node != NULL) return -EEXIST;
  if (S_ISDIR(from->node->mode)) return -EPERM;
  if (!is_allowed(to->directory, 3)) return -EACCES;
  const int added = add_entry(to->directory, to->name, from->node);
  if (added == 0) from->node->changed = now();
  return added;
}

static lind_result do_two_paths(struct lind_call* call) {
  const bool at = call->number != SYS_rename && call->number != SYS_link;
  const bool links = call->number == SYS_link || call->number == SYS_linkat;
  const unsigned flags = at && call->number != SYS_renameat ? (unsigned)call->arg[4] : 0;
  const bool follows = links && (flags & AT_SYMLINK_FOLLOW) != 0;
  struct place from, to;
  lock_cages();
  const lind_result first = find_place(call, at ? 0 : -1, at ? 1 : 0, follows, &from);
  const lind_result second = find_place(call, at ? 2 : -1, at ? 3 : 1, false, &to);
  lind_result result = first < 0 ? first : second < 0 ? second : first == second ? first : -EXDEV;
  if (result == 0) result = links ? link_place(&from, &to) : rename_place(&from, &to, flags);
  unlock_cages();
  return result == ELSEWHERE ? lind_forward() : result;
}

// --- the rest of a process's life
// ------------------------------------------------------------------

static lind_result do_getcwd(struct lind_call* call) {
  char path[PATH_BYTES];
  lock_cages();
  const lind_result bytes = path_of(cage_of(call)->state.directory, path);
  unlock_cages();
  if (bytes == ELSEWHERE) return lind_forward();
  if (bytes < 0) return bytes;
  if ((uint64_t)bytes > call->arg[1]) return -ERANGE;
  return lind_put(call, 0, path, (size_t)bytes) == bytes ? bytes : -EFAULT;
}

static lind_result do_umask(struct lind_call* call) {
  lock_cages();
  struct cage_state* const state = &cage_of(call)->state;
  state->mask = (mode_t)call->arg[0] & 0777;
  state->has_mask = true;
  unlock_cages();
  return lind_forward();
}

// --- loading and dumping
// -----------------------------------------------------------------------------

static void load_file(int from, struct node* node) {
  for (;;) {
    if (node->room < node->size + CHUNK) {
      const size_t size = node->size;
      if (resize(node, size + CHUNK) != 0) return;
      node->size = size;
    }
    const ssize_t got = read(from, node->data + node->size, CHUNK);
    if (got <= 0) return;
    node->size += (size_t)got;
  }
}

static bool load(int from, struct node* directory) {
  DIR* const stream = fdopendir(from);
  if (stream == NULL) return false;
  for (struct dirent* row = readdir(stream); row != NULL; row = readdir(stream)) {
    struct stat status;
    if (strcmp(row->d_name, ".") == 0 || strcmp(row->d_name, "..") == 0) continue;
    if (fstatat(dirfd(stream), row->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode)) continue;
    int error = 0;
    struct node* const node = make_entry(directory, row->d_name, status.st_mode, &error);
    if (node == NULL) return false;
    if (S_ISLNK(status.st_mode)) {
      if (resize(node, PATH_BYTES) != 0) return false;
      const ssize_t bytes = readlinkat(dirfd(stream), row->d_name, node->data, PATH_BYTES);
      node->size = bytes > 0 ? (size_t)bytes : 0;
    } else {
      const int inner = openat(dirfd(stream), row->d_name, O_RDONLY | O_CLOEXEC);
      if (inner < 0) continue;
      if (S_ISDIR(status.st_mode)) {
        if (!load(inner, node)) return false;
      } else {
        load_file(inner, node);
        close(inner);
      }
    }
    node->modified = status.st_mtim;
  }
  closedir(stream);
  return true;
}

static bool dump(const struct node* directory, int to) {
  bool whole = true;
  for (size_t i = 0; i < directory->num_entries; i++) {
    const struct node* const node = directory->entries[i].node;
    const char* const name = directory->entries[i].name;
    if (S_ISLNK(node->mode)) {
      char target[PATH_BYTES + 1] = {0};
      memcpy(target, node->data, node->size);
      whole = symlinkat(target, to, name) == 0 && whole;
      continue;
    }
    if (S_ISDIR(node->mode) && mkdirat(to, name, 0700) != 0 && errno != EEXIST) whole = false;
    const int flags = S_ISDIR(node->mode) ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
    const int inner = openat(to, name, flags | O_CLOEXEC, 0600);
    if (inner < 0) {
      whole = false;
      continue;
    }
    if (S_ISDIR(node->mode)) {
      whole = dump(node, inner) && whole;
    } else {
      for (size_t done = 0; done < node->size;) {
        const ssize_t put = write(inner, node->data + done, node->size - done);
        if (put <= 0) {
          whole = false;
          break;
        }
        done += (size_t)put;
      }
    }
    whole = fchmod(inner, node->mode & 07777) == 0 && whole;
    close(inner);
  }
  return whole;
}

// --- main
// ------------------------------------------------------------------------------------------

static void route_all(void) {
  static const int data[] = {SYS_read,  SYS_write,  SYS_pread64, SYS_pwrite64,
                             SYS_readv, SYS_writev, SYS_preadv,  SYS_pwritev};
  static const int on_file[] = {
      SYS_lseek,  SYS_fstat, SYS_getdents64, SYS_ftruncate, SYS_fallocate, SYS_fchmod, SYS_fchown,
      SYS_fchdir, SYS_fsync, SYS_fdatasync,  SYS_fadvise64, SYS_ioctl,     SYS_flock};
  route_cages();
  for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
    lind_on(data[i], do_data);
  for (size_t i = 0; i < sizeof(on_file) / sizeof(on_file[0]); i++)
    lind_on(on_file[i], do_on_file);
  for (size_t i = 0; i < sizeof(path_calls) / sizeof(path_calls[0]); i++)
    lind_on(path_calls[i].number, path_calls[i].path2 < 0 ? do_path : do_two_paths);
  static const struct {
    int number;
    lind_handler handler;
  } others[] = {{SYS_open, do_open},
                {SYS_openat, do_open},
                {SYS_creat, do_open},
                {SYS_fcntl, do_fcntl},
                {SYS_mmap, do_mmap},
                {SYS_sendfile, do_between},
                {SYS_copy_file_range, do_between},
                {SYS_splice, do_between},
                {SYS_getcwd, do_getcwd},
                {SYS_umask, do_umask}};
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
    lind_on(others[i].number, others[i].handler);
  lind_on_deny(SYS_openat2, ENOSYS);
}

static int fail(const char* what) {
  fprintf(stderr, "imfs: %s: %s\n", what, strerror(errno));
  return 125;
}

int main(int argc, char** argv) {
  const char *from = NULL, *to = NULL;
  int option = 0;
  while ((option = getopt(argc, argv, "+l:d:")) != -1) {
    if (option == 'l') from = optarg;
    if (option == 'd') to = optarg;
    if (option == '?') return 125;
  }
  if (argc - optind < 2 || argv[optind][0] != '/') {
    fputs("usage: imfs [-l DIRECTORY] [-d DIRECTORY] /PLACE PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  tree_uid = getuid();
  tree_gid = getgid();
  first_mask = umask(0);
  umask(first_mask);
  if (!set_up_tree(argv[optind])) return fail(argv[optind]);
  if (from != NULL) {
    const int directory = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || !load(directory, tree_root)) return fail(from);
  }
  route_all();
  const int status = lind_run(argv + optind + 1);
  if (to == NULL) return status;
  const int directory = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || !dump(tree_root, directory)) return fail(to);
  return status;
}
