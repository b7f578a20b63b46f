/* getdents64: entries, types, offsets; directories as files. */
#include <dirent.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "transcript.h"

struct record {
  uint64_t ino;
  int64_t off;
  unsigned short reclen;
  unsigned char type;
  char name[];
};

static int by_name(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

/* Prints the names of directory `fd`, sorted, each with its type and whether its number is right.
 */
static void list(int fd, size_t buffer_size) {
  static char buffer[4096];
  char* lines[64];
  size_t num_lines = 0;
  long length;
  while ((length = syscall(SYS_getdents64, fd, buffer, buffer_size)) > 0) {
    for (long at = 0; at < length;) {
      const struct record* const entry = (const struct record*)(buffer + at);
      struct stat status;
      NEED(fstatat(fd, entry->name, &status, AT_SYMLINK_NOFOLLOW));
      char line[128];
      snprintf(line, sizeof(line), "  %-12s type %2d ino %d", entry->name, entry->type,
               status.st_ino == entry->ino || strcmp(entry->name, "..") == 0);
      lines[num_lines++] = strdup(line);
      at += entry->reclen;
    }
  }
  printf("%zu entries, last result %ld\n", num_lines, length);
  qsort(lines, num_lines, sizeof(lines[0]), by_name);
  for (size_t i = 0; i < num_lines; ++i) {
    puts(lines[i]);
    free(lines[i]);
  }
}

int main(void) {
  begin();
  NEED(mkdir("dir", 0755));
  NEED(mkdir("dir/sub", 0755));
  NEED(symlink("nowhere", "dir/link"));
  NEED(mkfifo("dir/fifo", 0644));
  put_file("dir/plain", "x");
  SHOW(open("dir", O_RDONLY | O_DIRECTORY));
  list(3, 4096);
  list(3, 4096);
  SHOW(lseek(3, 0, SEEK_SET));
  list(3, 48);
  SHOW(lseek(3, 0, SEEK_SET));
  char small[64];
  SHOW(syscall(SYS_getdents64, 3, small, 8));
  SHOW(syscall(SYS_getdents64, 3, bad_pointer, 4096));
  SHOW(syscall(SYS_getdents64, 50, small, sizeof(small)));
  SHOW(open("dir/plain", O_RDONLY));
  SHOW(syscall(SYS_getdents64, 4, small, sizeof(small)));
  SHOW(read(3, small, sizeof(small)));
  SHOW(write(3, small, 1));
  SHOW(ftruncate(3, 0));
  SHOW(fsync(3));
  close(4);

  NEED(unlink("dir/link"));
  NEED(unlink("dir/fifo"));
  NEED(unlink("dir/plain"));
  NEED(rmdir("dir/sub"));
  NEED(rmdir("dir"));
  SHOW(lseek(3, 0, SEEK_SET));
  SHOW(syscall(SYS_getdents64, 3, small, sizeof(small)));
  SHOW(openat(3, "new", O_CREAT | O_WRONLY, 0644));
  close(3);

  /* The library's view. */
  put_file("one", "");
  put_file("two", "");
  DIR* const stream = opendir(".");
  int num_entries = 0;
  while (readdir(stream) != NULL)
    ++num_entries;
  printf("readdir saw %d entries\n", num_entries);
  rewinddir(stream);
  closedir(stream);
  NEED(unlink("one"));
  NEED(unlink("two"));
  return end();
}
