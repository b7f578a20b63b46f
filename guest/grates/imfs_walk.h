/// \file
/// From a path of a caller to a place in imfs's tree, or elsewhere.
#ifndef LIND_GRATES_IMFS_WALK_H
#define LIND_GRATES_IMFS_WALK_H 1

#include "imfs_tree.h"

/// An open file.
struct file {
  uint32_t users;
  struct node* node;
  uint64_t offset;  ///< of a directory: the cookie of the last entry that was read
  int flags;
};

struct cage_state {
  struct node* directory;  ///< where it is, if that is one of ours
  char* real_directory;    ///< otherwise; null: not asked yet
  mode_t mask;
  bool has_mask;  ///< else first_mask
};

static mode_t first_mask;

static void end_file(struct file* file) {
  file->node->users--;
  drop_if_unused(file->node);
  free(file);
}

static void drop_state(struct cage_state* state) {
  if (state->directory != NULL) {
    state->directory->users--;
    drop_if_unused(state->directory);
  }
  free(state->real_directory);
  state->directory = NULL;
  state->real_directory = NULL;
}

static void copy_state(const struct cage_state* from, struct cage_state* to) {
  *to = *from;
  to->real_directory = NULL;
  if (to->directory != NULL) to->directory->users++;
}

#include "lind/cages.h"

enum { PATH_BYTES = 4096, MAX_LINKS = 40, MAX_DEPTH = 64 };

/// What a path leads to.
struct place {
  struct node* node;       ///< null: there is nothing
  struct node* directory;  ///< where its name is
  char name[NAME_BYTES];   ///< "": it was not found by a name (".", "..", the root)
  bool must_be_directory;  ///< a slash follows
  bool changed;            ///< elsewhere, and to be found by `path`
  char path[PATH_BYTES];
};

static struct node* tree_root;
static char mount_path[PATH_BYTES];  ///< absolute, without a slash at its end
static struct {
  const char* name;
  size_t bytes;
} mount_parts[MAX_DEPTH];
static size_t num_mount_parts;

static const char* skip_slashes(const char* at) {
  while (*at == '/')
    at++;
  return at;
}

static const char* part_end(const char* at) {
  while (*at != '\0' && *at != '/')
    at++;
  return at;
}

/// `path` is absolute and not "/".  False: errno.
static bool set_up_tree(const char* path) {
  if (strlen(path) >= sizeof(mount_path)) {
    errno = ENAMETOOLONG;
    return false;
  }
  strcpy(mount_path, path);
  for (const char* at = skip_slashes(mount_path); *at != '\0'; at = skip_slashes(part_end(at))) {
    const size_t bytes = (size_t)(part_end(at) - at);
    if (num_mount_parts == MAX_DEPTH || at[0] == '.') {
      errno = EINVAL;
      return false;
    }
    mount_parts[num_mount_parts].name = at;
    mount_parts[num_mount_parts++].bytes = bytes;
  }
  while (mount_path[0] != '\0' && mount_path[strlen(mount_path) - 1] == '/')
    mount_path[strlen(mount_path) - 1] = '\0';
  if (num_mount_parts == 0) {
    errno = EINVAL;
    return false;
  }
  tree_root = new_node(S_IFDIR | 0755);
  if (tree_root == NULL) return false;
  tree_root->links = 2;
  tree_root->parent = tree_root;
  return true;
}

// What of the absolute `path` is below the root of the tree; null: it does not lead there.
static const char* rest_inside(const char* path) {
  size_t matched = 0, beside = 0;
  for (const char* at = skip_slashes(path); *at != '\0'; at = skip_slashes(part_end(at))) {
    const size_t bytes = (size_t)(part_end(at) - at);
    if (bytes == 1 && at[0] == '.') continue;
    if (bytes == 2 && at[0] == '.' && at[1] == '.') {
      if (beside > 0) {
        beside--;
      } else if (matched > 0) {
        matched--;
      }
    } else if (beside == 0 && bytes == mount_parts[matched].bytes &&
               strncmp(at, mount_parts[matched].name, bytes) == 0) {
      if (++matched == num_mount_parts) return at + bytes;
    } else {
      beside++;
    }
  }
  return NULL;
}

// place->path becomes a + "/" + b.  0 or -ENAMETOOLONG.
static lind_result join(struct place* place, const char* a, size_t bytes, const char* b) {
  char joined[PATH_BYTES];
  const size_t tail = strlen(b);
  if (bytes + 1 + tail >= sizeof(joined)) return -ENAMETOOLONG;
  memcpy(joined, a, bytes);
  joined[bytes] = '/';
  memcpy(joined + bytes + 1, b, tail + 1);
  strcpy(place->path, joined);
  return 0;
}

// Walks place->path from `at`.
static lind_result walk(struct node* at, bool follows, struct place* place) {
  int links = 0;
  const char* next = place->path;
  place->node = place->directory = at;
  place->name[0] = '\0';
  for (;;) {
    const char* const part = skip_slashes(next);
    if (*part == '\0') return 0;
    const size_t bytes = (size_t)(part_end(part) - part);
    next = part + bytes;
    const bool is_last = *skip_slashes(next) == '\0';
    place->must_be_directory = *next == '/';
    if (!S_ISDIR(at->mode)) return -ENOTDIR;
    if (!is_allowed(at, 1)) return -EACCES;
    if (bytes >= NAME_BYTES) return -ENAMETOOLONG;
    place->directory = at;
    memcpy(place->name, part, bytes);
    place->name[bytes] = '\0';
    if (strcmp(place->name, ".") == 0) {
      place->name[0] = '\0';
      place->node = at;
      continue;
    }
    if (strcmp(place->name, "..") == 0) {
      place->name[0] = '\0';
      if (at == tree_root) {
        const size_t above = (size_t)(mount_parts[num_mount_parts - 1].name - mount_path) - 1;
        const lind_result joined = join(place, mount_path, above, next);
        if (joined != 0) return joined;
        next = rest_inside(place->path);
        place->changed = next == NULL;
        if (place->changed) return ELSEWHERE;
        continue;
      }
      at = at->parent;
      if (at == NULL) return -ENOENT;
      place->node = at;
      continue;
    }
    const struct entry* const entry = find_entry(at, place->name);
    place->node = entry == NULL ? NULL : entry->node;
    if (entry == NULL) return is_last ? 0 : -ENOENT;
    if (S_ISLNK(entry->node->mode) && (!is_last || follows || place->must_be_directory)) {
      if (++links > MAX_LINKS) return -ELOOP;
      const char* const target = entry->node->data;
      const lind_result joined = join(place, target, entry->node->size, skip_slashes(next));
      if (joined != 0) return joined;
      // What join has put at the end of a last link is no slash of the caller's.
      const size_t end = strlen(place->path);
      if (is_last && !place->must_be_directory) place->path[end - 1] = '\0';
      next = place->path;
      if (place->path[0] != '/') continue;
      next = rest_inside(place->path);
      place->changed = next == NULL;
      if (place->changed) return ELSEWHERE;
      at = tree_root;
      place->node = at;
      continue;
    }
    if (is_last) {
      return place->must_be_directory && !S_ISDIR(entry->node->mode) ? -ENOTDIR : 0;
    }
    at = entry->node;
  }
}

/// `directory` is where the cage is; null: where the microvisor has it.
static void enter_directory(struct cage* cage, struct node* directory) {
  if (directory != NULL) directory->users++;
  drop_state(&cage->state);
  cage->state.directory = directory;
}

/// It has changed to another real directory.  Takes the lock.
static void leave_directory(const struct lind_call* call) {
  lock_cages();
  enter_directory(cage_of(call), NULL);
  unlock_cages();
}

static mode_t mask_of(const struct lind_call* call) {
  const struct cage_state* const state = &cage_of(call)->state;
  return state->has_mask ? state->mask : first_mask;
}

static const char* real_directory(const struct lind_call* call, struct cage* cage) {
  if (cage->state.real_directory == NULL) {
    char path[PATH_BYTES];
    struct lind_call ask = {.number = SYS_getcwd, .target = call->target, .arg = {0, sizeof(path)}};
    ask.grate = call->grate;
    lind_give(&ask, 0, path);
    if (lind_make(&ask) > 0) cage->state.real_directory = strdup(path);
  }
  return cage->state.real_directory == NULL ? "/" : cage->state.real_directory;
}

// Programs name a file in an open directory that way; null: not ours.
static const struct file* file_in_proc(const struct cage* cage, const char** path) {
  static const char start[] = "/proc/self/fd/";
  if (strncmp(*path, start, sizeof(start) - 1) != 0) return NULL;
  char* end = NULL;
  const unsigned long number = strtoul(*path + sizeof(start) - 1, &end, 10);
  const struct file* const file = number > INT32_MAX ? NULL : find_file(cage, (int)number);
  if (file != NULL) *path = end;
  return file;
}

/// Where argument `path` leads, seen from argument `directory` (-1: there is none).
/// 0, ELSEWHERE, or -errno.
static lind_result find_place(const struct lind_call* call, int directory, int path, bool follows,
                              struct place* place) {
  place->changed = place->must_be_directory = false;
  const ssize_t bytes = lind_get_string(call, path, place->path, sizeof(place->path));
  if (bytes < 0) return bytes;
  struct cage* const cage = cage_of(call);
  const int number = directory < 0 ? AT_FDCWD : (int)call->arg[directory];
  struct node* start = cage->state.directory;
  const char* rest = place->path;
  if (place->path[0] == '/') {
    const struct file* const file = file_in_proc(cage, &rest);
    if (file == NULL) rest = rest_inside(place->path);
    start = file == NULL ? tree_root : file->node;
  } else if (number != AT_FDCWD) {
    const struct file* const file = find_file(cage, number);
    if (file == NULL) return ELSEWHERE;
    start = file->node;
  } else if (start == NULL) {
    const char* const from = real_directory(call, cage);
    char given[PATH_BYTES];
    strcpy(given, place->path);
    if (join(place, from, strlen(from), given) != 0) return -ENAMETOOLONG;
    rest = given[0] == '\0' ? NULL : rest_inside(place->path);
    start = tree_root;
  }
  if (rest == NULL) return ELSEWHERE;
  if (place->path[0] == '\0') return -ENOENT;
  memmove(place->path, rest, strlen(rest) + 1);
  return walk(start, follows, place);
}

/// The call for what lies beneath, by the path that the tree's links have led to.
static lind_result forward_changed(struct lind_call* call, int path, struct place* place) {
  if (!place->changed) return lind_forward();
  lind_give(call, path, place->path);
  return lind_make(call);
}

/// Writes the path of `directory`.  Bytes with the NUL, ELSEWHERE (null) or -ENOENT (removed).
static lind_result path_of(const struct node* directory, char path[PATH_BYTES]) {
  if (directory == NULL) return ELSEWHERE;
  char* at = path + PATH_BYTES - 1;
  *at = '\0';
  for (const struct node* node = directory; node != tree_root; node = node->parent) {
    if (node->parent == NULL) return -ENOENT;
    const struct entry* entry = node->parent->entries;
    while (entry->node != node)
      entry++;
    const size_t bytes = strlen(entry->name);
    if (bytes + 1 + strlen(mount_path) > (size_t)(at - path)) return -ENAMETOOLONG;
    at -= bytes;
    memcpy(at, entry->name, bytes);
    *--at = '/';
  }
  const size_t bytes = strlen(mount_path);
  at -= bytes;
  memcpy(at, mount_path, bytes);
  memmove(path, at, strlen(at) + 1);
  return (lind_result)strlen(path) + 1;
}

static lind_result change_mode(struct node* node, mode_t mode) {
  if (tree_uid != 0 && node->uid != tree_uid) return -EPERM;
  node->mode = (node->mode & S_IFMT) | (mode & 07777);
  node->changed = now();
  return 0;
}

static lind_result change_owner(struct node* node, uid_t uid, gid_t gid) {
  const bool is_same =
      (uid == (uid_t)-1 || uid == node->uid) && (gid == (gid_t)-1 || gid == node->gid);
  if (tree_uid != 0 && !is_same) return -EPERM;
  if (uid != (uid_t)-1) node->uid = uid;
  if (gid != (gid_t)-1) node->gid = gid;
  node->changed = now();
  return 0;
}

#endif
