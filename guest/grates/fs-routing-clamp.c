// fs-routing-clamp PREFIX %{ GRATE... %} PROGRAM...: only files below PREFIX go
// through the grates

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lind/grate.h"

/// A descriptor that was opened below the prefix leads to the only one there
/// is.
struct file {
  uint32_t users;
};
static struct file below = {.users = 1};

struct cage_state {
  char* directory;  ///< where it is, as its program sees it; null: where the
                    ///< microvisor has it
};

static void end_file(struct file* file) {
  file->users = 1;  // not reached: the first user is ourselves
}

static void copy_state(const struct cage_state* from, struct cage_state* to) {
  to->directory = from->directory == NULL ? NULL : strdup(from->directory);
}

static void drop_state(struct cage_state* state) {
  free(state->directory);
  state->directory = NULL;
}

#include "clamp.h"
#include "path_calls.h"

static char prefix[CLAMP_PATH_BYTES];  ///< absolute, without "." and ".." and a
                                       ///< slash at its end

// `path`, which is absolute, without ".", ".." and double slashes, into `out`:
// "" for the root.
static void normalize(const char* path, char* out) {
  char* end = out;
  while (*path != '\0') {
    path += strspn(path, "/");
    const size_t bytes = strcspn(path, "/");
    if (bytes == 2 && path[0] == '.' && path[1] == '.') {
      while (end > out && *--end != '/') {
      }
    } else if (bytes > 0 && !(bytes == 1 && path[0] == '.')) {
      *end++ = '/';
      memmove(end, path, bytes);
      end += bytes;
    }
    path += bytes;
  }
  *end = '\0';
}

static bool is_below(const char* normalized) {
  const size_t bytes = strlen(prefix);
  return strncmp(normalized, prefix, bytes) == 0 &&
         (normalized[bytes] == '\0' || normalized[bytes] == '/');
}

// Where the cage is.
static const char* directory_of(const struct lind_call* call) {
  struct cage_state* const state = &cage_of(call)->state;
  if (state->directory == NULL) {
    char path[CLAMP_PATH_BYTES];
    struct lind_call ask = {.number = SYS_getcwd,
                            .target = call->target,
                            .grate = call->grate,
                            .arg = {0, sizeof(path)}};
    lind_give(&ask, 0, path);
    if (lind_make(&ask) > 0) state->directory = strdup(path);
  }
  return state->directory == NULL ? "/" : state->directory;
}

// Where argument `path` leads, seen from the working directory: "" for the
// root.
static bool find_path(const struct lind_call* call, int path, char out[2 * CLAMP_PATH_BYTES]) {
  char given[CLAMP_PATH_BYTES], whole[2 * CLAMP_PATH_BYTES + 2];
  if (lind_get_string(call, path, given, sizeof(given)) < 0) return false;
  whole[0] = '\0';
  if (given[0] != '/') strcat(strcpy(whole, directory_of(call)), "/");
  strcat(whole, given);
  normalize(whole, out);
  return true;
}

// Whether argument `path`, seen from argument `directory` (-1: none), lies
// below the prefix.
static bool path_is_below(const struct lind_call* call, int directory, int path) {
  char first = 0, whole[2 * CLAMP_PATH_BYTES];
  const int number = directory < 0 ? AT_FDCWD : (int)call->arg[directory];
  if (lind_get(call, path, &first, 1) != 1) return false;
  if (first != '/' && number != AT_FDCWD) return find_file(cage_of(call), number) != NULL;
  return find_path(call, path, whole) && is_below(whole);
}

// The working directory has changed.
static void note_directory(const struct lind_call* call, bool below_prefix) {
  char path[2 * CLAMP_PATH_BYTES];
  const bool is_known = below_prefix && call->number == SYS_chdir && find_path(call, 0, path);
  struct cage_state* const state = &cage_of(call)->state;
  drop_state(state);
  // Of a descriptor nobody knows the path; that it is below is enough.
  if (below_prefix) state->directory = strdup(is_known ? path : prefix);
}

// Whether the working directory lies below the prefix: the grates inside are to know when it no
// longer does.
static bool is_inside(const struct lind_call* call) {
  return cage_of(call)->state.directory != NULL && is_below(cage_of(call)->state.directory);
}

static lind_result decide_path(struct lind_call* call) {
  const struct path_call* const how = path_call_of(call->number);
  lock_cages();
  const bool first = call->arg[(int)how->path] == 0
                         ? how->directory >= 0 && file_of(call, how->directory) != NULL
                         : path_is_below(call, how->directory, how->path);
  const bool second = how->path2 < 0 ? first : path_is_below(call, how->directory2, how->path2);
  const bool leaves = call->number == SYS_chdir && is_inside(call);
  unlock_cages();
  if (first != second) return -EXDEV;
  const lind_result done = first || leaves ? lind_make_beneath(call) : lind_forward();
  const bool opens =
      call->number == SYS_open || call->number == SYS_openat || call->number == SYS_creat;
  lock_cages();
  if (first && opens && done >= 0) {
    const bool closes = how->flags >= 0 && (call->arg[(int)how->flags] & O_CLOEXEC) != 0;
    set_descriptor(cage_of(call), (int)done, &below, closes);
  }
  if (call->number == SYS_chdir && done == 0) note_directory(call, first);
  unlock_cages();
  return done;
}

static lind_result decide_descriptor(struct lind_call* call) {
  const int index = call->number == SYS_mmap ? 4 : 0;
  const bool has_none = call->number == SYS_mmap && (call->arg[3] & 0x20) != 0;  // MAP_ANONYMOUS
  lock_cages();
  const bool inside = !has_none && file_of(call, index) != NULL;
  const bool leaves = call->number == SYS_fchdir && is_inside(call);
  unlock_cages();
  const lind_result done = inside || leaves ? lind_make_beneath(call) : lind_forward();
  if (call->number == SYS_fchdir && done == 0) {
    lock_cages();
    note_directory(call, inside);
    unlock_cages();
  }
  return done;
}

static void clamp_routes(uint32_t cage) {
  static const int on_descriptors[] = {
      SYS_read,      SYS_write,   SYS_pread64, SYS_pwrite64, SYS_readv,      SYS_writev,
      SYS_preadv,    SYS_pwritev, SYS_lseek,   SYS_fstat,    SYS_getdents64, SYS_ftruncate,
      SYS_fallocate, SYS_fchmod,  SYS_fchown,  SYS_fchdir,   SYS_fsync,      SYS_fdatasync,
      SYS_fadvise64, SYS_ioctl,   SYS_flock,   SYS_mmap};
  for (size_t i = 0; i < sizeof(path_calls) / sizeof(path_calls[0]); i++) {
    // Programs are executed through all.
    if (path_calls[i].number != SYS_execve) lind_register(cage, path_calls[i].number, decide_path);
  }
  for (size_t i = 0; i < sizeof(on_descriptors) / sizeof(on_descriptors[0]); i++)
    lind_register(cage, on_descriptors[i], decide_descriptor);
}

int main(int argc, char** argv) {
  if (argc < 3 || argv[1][0] != '/' || strlen(argv[1]) >= sizeof(prefix)) {
    fputs(
        "usage: fs-routing-clamp /PREFIX %{ GRATE... %} PROGRAM "
        "[ARGUMENTS...]\n",
        stderr);
    return 125;
  }
  normalize(argv[1], prefix);
  return clamp_run(argv + 2);
}
