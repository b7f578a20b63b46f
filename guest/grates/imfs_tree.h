/// \file
/// The tree of files that imfs keeps: nodes, directories, data.  Nothing here knows of cages.
///
/// Ownership: a node lives while it has a name or is open.  Threading: under imfs's lock.
#ifndef LIND_GRATES_IMFS_TREE_H
#define LIND_GRATES_IMFS_TREE_H 1

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { NAME_BYTES = 256 };

struct entry {
  char* name;
  struct node* node;
  uint64_t cookie;  ///< ascending; what a reader of the directory goes on from
};

struct node {
  mode_t mode;
  uint32_t links, users;  ///< names, and open descriptions or directories that stand on it
  uint64_t number;
  uid_t uid;
  gid_t gid;
  struct timespec accessed, modified, changed;
  // files and symbolic links
  char* data;
  size_t size, room;
  // directories
  struct entry* entries;
  size_t num_entries, entries_room;
  uint64_t last_cookie;
  struct node* parent;  ///< null once it is removed
};

static uint64_t last_number;
static uid_t tree_uid;
static gid_t tree_gid;

static inline struct timespec now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

static inline void touch(struct node* node) {
  node->modified = node->changed = now();
}

/// Null: no memory.
static struct node* new_node(mode_t mode) {
  struct node* const node = calloc(1, sizeof(*node));
  if (node == NULL) return NULL;
  node->mode = mode;
  node->number = ++last_number;
  node->uid = tree_uid;
  node->gid = tree_gid;
  node->accessed = node->modified = node->changed = now();
  return node;
}

static void drop_if_unused(struct node* node) {
  if (node->links > 0 || node->users > 0) return;
  free(node->data);
  free(node->entries);
  free(node);
}

static struct entry* find_entry(const struct node* directory, const char* name) {
  for (size_t i = 0; i < directory->num_entries; i++) {
    if (strcmp(directory->entries[i].name, name) == 0) return &directory->entries[i];
  }
  return NULL;
}

/// Gives `node` a name in `directory`.  Requires: there is none of that name.
/// 0 or -errno: ENAMETOOLONG, ENOSPC, ENOENT (the directory is removed).
static int add_entry(struct node* directory, const char* name, struct node* node) {
  if (strlen(name) >= NAME_BYTES) return -ENAMETOOLONG;
  if (directory->parent == NULL) return -ENOENT;
  if (directory->num_entries == directory->entries_room) {
    const size_t room = directory->entries_room == 0 ? 8 : 2 * directory->entries_room;
    struct entry* const grown = realloc(directory->entries, room * sizeof(*grown));
    if (grown == NULL) return -ENOSPC;
    directory->entries = grown;
    directory->entries_room = room;
  }
  char* const copy = strdup(name);
  if (copy == NULL) return -ENOSPC;
  directory->entries[directory->num_entries++] =
      (struct entry){copy, node, ++directory->last_cookie};
  node->links += S_ISDIR(node->mode) ? 2 : 1;
  if (S_ISDIR(node->mode)) {
    node->parent = directory;
    directory->links++;
  }
  touch(directory);
  return 0;
}

/// Takes a name away; the node goes with it if nobody else holds it.
static void remove_entry(struct node* directory, struct entry* entry) {
  struct node* const node = entry->node;
  free(entry->name);
  const size_t at = (size_t)(entry - directory->entries);
  memmove(entry, entry + 1, (--directory->num_entries - at) * sizeof(*entry));
  if (S_ISDIR(node->mode)) {
    node->links -= 2;
    node->parent = NULL;
    directory->links--;
  } else {
    node->links--;
  }
  node->changed = now();
  touch(directory);
  drop_if_unused(node);
}

/// A new node under a name.  Null: *error says why, a negative errno.
static struct node* make_entry(struct node* directory, const char* name, mode_t mode, int* error) {
  struct node* const node = new_node(mode);
  *error = node == NULL ? -ENOSPC : add_entry(directory, name, node);
  if (*error == 0) return node;
  free(node);
  return NULL;
}

/// Makes `size` the size of a file; what is new reads as zeros.  0, -EFBIG or -ENOSPC.
static int resize(struct node* node, uint64_t size) {
  if (size > INT32_MAX) return -EFBIG;
  if (size > node->room) {
    size_t room = node->room < 4096 ? 4096 : node->room;
    while (room < size)
      room *= 2;
    char* const grown = realloc(node->data, room);
    if (grown == NULL) return -ENOSPC;
    node->data = grown;
    node->room = room;
  }
  if (size > node->size) memset(node->data + node->size, 0, (size_t)size - node->size);
  node->size = (size_t)size;
  return 0;
}

static void describe(const struct node* node, struct stat* status) {
  memset(status, 0, sizeof(*status));
  status->st_dev = 0x1d;
  status->st_ino = (ino_t)node->number;
  status->st_mode = node->mode;
  status->st_nlink = node->links;
  status->st_uid = node->uid;
  status->st_gid = node->gid;
  status->st_size = S_ISDIR(node->mode) ? 4096 : (off_t)node->size;
  status->st_blksize = 4096;
  status->st_blocks = (blkcnt_t)((node->size + 511) / 512);
  status->st_atim = node->accessed;
  status->st_mtim = node->modified;
  status->st_ctim = node->changed;
}

/// Whether `wanted` (4 read, 2 write, 1 execute) is allowed.
static bool is_allowed(const struct node* node, unsigned wanted) {
  if (tree_uid == 0) {
    return (wanted & 1) == 0 || S_ISDIR(node->mode) || (node->mode & 0111) != 0;
  }
  const unsigned shift = node->uid == tree_uid ? 6 : node->gid == tree_gid ? 3 : 0;
  return ((node->mode >> shift) & wanted) == wanted;
}

#endif
