/* stat and its relatives: fields, types, errors. */
#include <stdint.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "transcript.h"

static void describe(const char* path, int flags) {
  struct stat status;
  memset(&status, 0xff, sizeof(status));
  if (fstatat(AT_FDCWD, path, &status, flags) != 0) {
    printf("%s: %s\n", path, strerrorname_np(errno));
    return;
  }
  printf("%s: mode %o links %ld owner %d size %lld blocks %d atime %d nsec %d\n", path,
         status.st_mode, (long)status.st_nlink, status.st_uid == geteuid(),
         S_ISDIR(status.st_mode) ? 0LL : (long long)status.st_size, status.st_blocks >= 0,
         status.st_atim.tv_sec > 1000000000,
         status.st_mtim.tv_nsec >= 0 && status.st_mtim.tv_nsec < 1000000000);
}

int main(void) {
  begin();
  put_file("file", "12345");
  NEED(mkdir("dir", 0751));
  NEED(mkdir("dir/sub", 0700));
  NEED(symlink("file", "link"));
  NEED(symlink("dir", "dirlink"));
  NEED(symlink("loop", "loop"));
  NEED(link("file", "hard"));
  NEED(mkfifo("fifo", 0622));
  describe("file", 0);
  describe("hard", 0);
  describe("link", 0);
  describe("link", AT_SYMLINK_NOFOLLOW);
  describe("dirlink", AT_SYMLINK_NOFOLLOW);
  describe("dirlink/", AT_SYMLINK_NOFOLLOW);
  describe("dir", 0);
  describe("dir/", 0);
  describe("dir/.", 0);
  describe("dir/sub/..", 0);
  describe("fifo", 0);
  describe("file/", 0);
  describe("link/", AT_SYMLINK_NOFOLLOW);
  describe("loop", 0);
  describe("loop", AT_SYMLINK_NOFOLLOW);
  describe("missing", 0);
  describe("file/x", 0);
  describe("", 0);

  struct stat status;
  struct stat again;
  SHOW(stat("file", &status));
  SHOW(lstat("hard", &again));
  printf("same: %d %d\n", status.st_ino == again.st_ino, status.st_dev == again.st_dev);
  SHOW(open("file", O_RDONLY));
  SHOW(fstat(3, &again));
  printf("same: %d\n", status.st_ino == again.st_ino);
  SHOW(fstatat(3, "", &again, AT_EMPTY_PATH));
  SHOW(fstatat(3, "", &again, 0));
  SHOW(fstatat(3, "x", &again, 0));
  SHOW(fstatat(AT_FDCWD, "", &again, AT_EMPTY_PATH));
  printf("directory: %d\n", S_ISDIR(again.st_mode));
  SHOW(fstatat(AT_FDCWD, "file", &again, 1 << 20));
  SHOW(fstatat(40, "file", &again, 0));
  SHOW(fstatat(40, "/", &again, 0));
  SHOW(fstat(40, &again));
  SHOW(stat("/dev/null", &status));
  printf("null: %d %d:%d\n", S_ISCHR(status.st_mode), major(status.st_rdev), minor(status.st_rdev));
  SHOW(close(3));

  struct statx more;
  memset(&more, 0xff, sizeof(more));
  SHOW(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS | STATX_BTIME, &more));
  printf("statx: mask %d mode %o size %lld links %u ino %d\n",
         (more.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS, more.stx_mode,
         (long long)more.stx_size, more.stx_nlink,
         more.stx_ino == again.st_ino || more.stx_ino != 0);
  SHOW(statx(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &more));
  printf("link: %d\n", S_ISLNK(more.stx_mode));
  SHOW(statx(AT_FDCWD, "file", 1 << 20, STATX_TYPE, &more));
  SHOW(statx(AT_FDCWD, "file", AT_STATX_SYNC_TYPE, STATX_TYPE, &more));
  SHOW(statx(AT_FDCWD, "file", 0, 1U << 31, &more));
  SHOW(statx(AT_FDCWD, "file/", 0, STATX_TYPE, &more));

  SHOW(access("file", F_OK));
  SHOW(access("file", R_OK | W_OK));
  SHOW(access("missing", F_OK));
  SHOW(access("file/", F_OK));
  SHOW(access("file", 8));
  SHOW(access("loop", F_OK));
  SHOW(faccessat(AT_FDCWD, "loop", F_OK, AT_SYMLINK_NOFOLLOW));

  char target[16] = "";
  SHOW(readlink("link", target, sizeof(target)));
  printf("%s\n", target);
  SHOW(readlink("link", target, 2));
  SHOW(readlink("link", target, 0));
  SHOW(readlink("file", target, sizeof(target)));
  SHOW(readlink("dir", target, sizeof(target)));
  SHOW(readlink(".", target, sizeof(target)));
  SHOW(readlink("link/", target, sizeof(target)));
  SHOW(readlink("missing", target, sizeof(target)));
  SHOW(readlink("link", bad_pointer, 4));

  struct statfs fs;
  SHOW(statfs(".", &fs));
  printf("statfs: %d %d %d\n", fs.f_bsize > 0, fs.f_blocks >= fs.f_bfree, fs.f_namelen == 255);
  SHOW(statfs("missing", &fs));
  SHOW(fstatfs(40, &fs));

  NEED(unlink("file"));
  NEED(unlink("hard"));
  NEED(unlink("link"));
  NEED(unlink("dirlink"));
  NEED(unlink("loop"));
  NEED(unlink("fifo"));
  NEED(rmdir("dir/sub"));
  NEED(rmdir("dir"));
  return end();
}
