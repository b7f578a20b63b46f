/* truncate, ftruncate, fallocate. */
#include <linux/falloc.h>

#include "transcript.h"

static void size_of(const char* path) {
  struct stat status;
  NEED(stat(path, &status));
  printf("%s has %lld bytes\n", path, (long long)status.st_size);
}

int main(void) {
  begin();
  put_file("file", "0123456789");
  NEED(mkdir("dir", 0755));
  NEED(symlink("file", "link"));
  NEED(mkfifo("fifo", 0644));
  SHOW(truncate("file", 4));
  show_file("file");
  SHOW(truncate("link", 6));
  size_of("file");
  SHOW(truncate("file", -1));
  SHOW(truncate("dir", 0));
  SHOW(truncate("dir/", 0));
  SHOW(truncate("fifo", 0));
  SHOW(truncate("missing", 0));
  SHOW(truncate("file/", 0));
  SHOW(truncate("/dev/null", 0));
  SHOW(truncate("", 0));
  SHOW(truncate("file", 5000000000LL));
  size_of("file");

  SHOW(open("file", O_RDWR));
  SHOW(ftruncate(3, 3));
  SHOW(ftruncate(3, -1));
  SHOW(fallocate(3, 0, 0, 100));
  size_of("file");
  SHOW(fallocate(3, FALLOC_FL_KEEP_SIZE, 0, 1000));
  size_of("file");
  SHOW(fallocate(3, 0, -1, 10));
  SHOW(fallocate(3, 0, 0, 0));
  SHOW(posix_fallocate(3, 0, 200));
  SHOW(posix_fadvise(3, 0, 0, POSIX_FADV_SEQUENTIAL));
  SHOW(posix_fadvise(3, 0, 0, 99));
  SHOW(fsync(3));
  SHOW(fdatasync(3));
  SHOW(close(3));
  SHOW(open("file", O_RDONLY));
  SHOW(ftruncate(3, 0));
  SHOW(fallocate(3, 0, 0, 10));
  SHOW(close(3));
  SHOW(ftruncate(3, 0));
  SHOW(ftruncate(3, -1));
  SHOW(fsync(3));
  int ends[2];
  NEED(pipe(ends));
  SHOW(ftruncate(4, 0));
  SHOW(fsync(4));
  SHOW(fallocate(4, 0, 0, 10));
  SHOW(posix_fadvise(3, 0, 0, POSIX_FADV_NORMAL));
  close(3);
  close(4);
  NEED(unlink("file"));
  NEED(unlink("link"));
  NEED(unlink("fifo"));
  NEED(rmdir("dir"));
  return end();
}
