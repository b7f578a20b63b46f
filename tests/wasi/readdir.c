// fd_readdir: from every cookie, with buffers of every size that cuts something.
#include <stdbool.h>

#include "check.h"

enum { FILES = 120, MAX_ENTRIES = 200 };

static struct {
  uint64_t next;
  char name[32];
} entries[MAX_ENTRIES];
static unsigned count;

static uint8_t buffer[16384];

static __wasi_size_t read_at(uint64_t cookie, __wasi_size_t size) {
  __wasi_size_t used = 0;
  CHECK_ERROR(__wasi_fd_readdir(GIVEN, buffer, size, cookie, &used), 0);
  CHECK(used <= size);
  return used;
}

static void list_all(void) {
  uint64_t cookie = 0;
  for (;;) {
    const __wasi_size_t used = read_at(cookie, sizeof buffer);
    __wasi_size_t at = 0;
    while (at + sizeof(__wasi_dirent_t) <= used) {
      __wasi_dirent_t entry;
      memcpy(&entry, buffer + at, sizeof entry);
      if (at + sizeof entry + entry.d_namlen > used) break;
      CHECK(entry.d_namlen < sizeof entries[0].name && count < MAX_ENTRIES);
      entries[count].next = entry.d_next;
      memcpy(entries[count].name, buffer + at + sizeof entry, entry.d_namlen);
      ++count;
      cookie = entry.d_next;
      at += sizeof entry + entry.d_namlen;
    }
    if (used < sizeof buffer) return;
  }
}

int main(void) {
  for (int i = 0; i < FILES; ++i) {
    char name[32];
    snprintf(name, sizeof name, "many-%03d%s", i, i % 3 == 0 ? "-with-a-longer-name" : "");
    int fd;
    CHECK_ERROR(open_at(GIVEN, name, 0, __WASI_OFLAGS_CREAT, &fd), 0);
    CHECK_ERROR(__wasi_fd_close((__wasi_fd_t)fd), 0);
  }
  list_all();
  CHECK(count >= FILES + 2);
  for (unsigned i = 0; i < count; ++i) {
    for (unsigned j = 0; j < i; ++j) CHECK(strcmp(entries[i].name, entries[j].name) != 0);
  }
  // From every cookie on comes what came behind it, whatever fits.
  for (unsigned i = 0; i + 1 < count; ++i) {
    const __wasi_size_t length = strlen(entries[i + 1].name);
    for (__wasi_size_t size = 0; size <= sizeof(__wasi_dirent_t) + length + 1; size += 7) {
      const __wasi_size_t used = read_at(entries[i].next, size);
      CHECK(used == size);
      __wasi_dirent_t entry;
      if (used < sizeof entry) continue;
      memcpy(&entry, buffer, sizeof entry);
      CHECK(entry.d_namlen == length && entry.d_next == entries[i + 1].next);
      const __wasi_size_t there = used - sizeof entry < length ? used - sizeof entry : length;
      CHECK(memcmp(buffer + sizeof entry, entries[i + 1].name, there) == 0);
    }
  }
  CHECK(read_at(entries[count - 1].next, sizeof buffer) == 0);
  // "." is the directory itself.
  __wasi_filestat_t stat;
  CHECK_ERROR(__wasi_fd_filestat_get(GIVEN, &stat), 0);
  bool found = false;
  __wasi_size_t at = 0;
  const __wasi_size_t used = read_at(0, sizeof buffer);
  while (at + sizeof(__wasi_dirent_t) < used) {
    __wasi_dirent_t entry;
    memcpy(&entry, buffer + at, sizeof entry);
    if (entry.d_namlen == 1 && buffer[at + sizeof entry] == '.') {
      found = true;
      CHECK(entry.d_ino == stat.ino && entry.d_type == __WASI_FILETYPE_DIRECTORY);
    }
    at += sizeof entry + entry.d_namlen;
  }
  CHECK(found);
  return 0;
}
