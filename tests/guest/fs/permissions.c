// Modes, owners and groups, once uid 0 has been dropped.
// user: root
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void owner(const char* path) {
  struct stat status;
  CHECK(lstat(path, &status) == 0);
  printf("%s: %u:%u %06o\n", path, status.st_uid, status.st_gid, status.st_mode);
}

static void make(const char* path, uid_t uid, gid_t gid, mode_t mode) {
  const int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
  CHECK(fd >= 0 && write(fd, "text\n", 5) == 5 && close(fd) == 0);
  CHECK(chown(path, uid, gid) == 0 && chmod(path, mode) == 0);
}

static void make_dir(const char* path, uid_t uid, gid_t gid, mode_t mode) {
  CHECK(mkdir(path, 0700) == 0 && chown(path, uid, gid) == 0 && chmod(path, mode) == 0);
}

static void as(uid_t uid, gid_t gid, const gid_t* groups, size_t count, void (*body)(void)) {
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(setgroups(count, groups) == 0 && setgid(gid) == 0 && setuid(uid) == 0);
    body();
    exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void can(const char* path) {
  const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_PATH, O_CREAT | O_WRONLY};
  printf("%s:", path);
  for (unsigned i = 0; i < 6; i++) {
    const int fd = open(path, flags[i], 0644);
    printf(" %s", fd >= 0 ? "yes" : strerrorname_np(errno));
    if (fd >= 0) close(fd);
  }
  printf(", access");
  for (int mode = 0; mode < 8; mode++)
    printf(" %s", access(path, mode) == 0 ? "yes" : strerrorname_np(errno));
  printf("\n");
}

static void reads(void) {
  can("of_root");
  can("of_user");
  can("of_group");
  can("shut");
  can("open/file");
  can("closed/file");
  can("searched/file");
  can("searched/missing");
  can("link");
  can("closed_link");
  can("of_root/x");
  CHECK_FAILS(open("closed", O_RDONLY | O_DIRECTORY), EACCES);
  CHECK_FAILS(open("searched", O_RDONLY | O_DIRECTORY), EACCES);
  CHECK_FAILS(chdir("closed"), EACCES);
  CHECK_FAILS(open("closed/../of_user", O_RDONLY), EACCES);
  struct stat status;
  CHECK_FAILS(stat("closed/file", &status), EACCES);
  CHECK(stat("closed", &status) == 0);
  char text[8];
  CHECK_FAILS(readlink("closed/x", text, 8), EACCES);
  CHECK(chdir("searched") == 0 && access("file", F_OK) == 0 && chdir("..") == 0);
  CHECK_FAILS(truncate("of_root", 0), EACCES);
  CHECK(truncate("of_user", 2) == 0);
  CHECK_FAILS(open("of_root", O_RDONLY | O_NOATIME), EPERM);
}

static void changes(void) {
  CHECK_FAILS(unlink("of_user"), EACCES);
  CHECK_FAILS(mkdir("new", 0755), EACCES);
  CHECK_FAILS(mkdir("open", 0755), EEXIST);
  CHECK_FAILS(symlink("x", "new"), EACCES);
  CHECK_FAILS(mkfifo("new", 0600), EACCES);
  CHECK_FAILS(link("of_user", "new"), EACCES);
  CHECK_FAILS(open("new", O_CREAT | O_WRONLY, 0600), EACCES);
  CHECK_FAILS(rename("of_user", "new"), EACCES);
  CHECK_FAILS(rename("of_user", "open/file2"), EACCES);
  CHECK_FAILS(rmdir("closed"), EACCES);
  CHECK_FAILS(unlink("missing"), ENOENT);

  CHECK(mkdir("open/mine", 0755) == 0 && symlink("x", "open/link") == 0);
  CHECK(mkfifo("open/fifo", 0644) == 0);
  make("open/mine/file", -1, -1, 0640);
  owner("open/mine");
  owner("open/link");
  owner("open/fifo");
  owner("open/mine/file");
  int fd = open("open/mine/file", O_RDWR);
  struct stat status;
  CHECK(fd >= 0 && fchmod(fd, 0600) == 0 && fstat(fd, &status) == 0 && status.st_uid == 1000);
  CHECK(fchown(fd, 1000, 50) == 0);
  CHECK_FAILS(fchown(fd, 1000, 51), EPERM);
  CHECK_FAILS(fchown(fd, 1001, -1), EPERM);
  owner("open/mine/file");
  CHECK(unlink("open/mine/file") == 0 && fstat(fd, &status) == 0 && status.st_uid == 1000);
  CHECK(fchmod(fd, 0644) == 0 && close(fd) == 0);
  make("open/mine/file", -1, -1, 0640);

  CHECK_FAILS(chmod("of_root", 0666), EPERM);
  CHECK_FAILS(chown("of_root", 1000, -1), EPERM);
  CHECK(chmod("of_user", 0604) == 0);
  CHECK_FAILS(utimes("of_root", NULL), EACCES);
  const struct timeval times[2] = {{1, 0}, {2, 0}};
  CHECK_FAILS(utimes("of_group", times), EPERM);
  CHECK(utimes("of_group", NULL) == 0);
  CHECK(utimes("of_user", times) == 0);
  CHECK_FAILS(link("of_root", "open/second"), EPERM);
  CHECK(link("of_user", "open/second") == 0);
  owner("open/second");
  CHECK(chmod("open/mine/file", 06755) == 0);
  owner("open/mine/file");
  CHECK(chown("open/mine/file", -1, 50) == 0);
  owner("open/mine/file");
}

static void sticky(void) {
  CHECK_FAILS(unlink("sticky/of_root"), EPERM);
  CHECK_FAILS(rename("sticky/of_root", "sticky/x"), EPERM);
  CHECK_FAILS(rmdir("sticky/dir"), EPERM);
  make("sticky/mine", -1, -1, 0644);
  CHECK_FAILS(rename("sticky/mine", "sticky/of_root"), EPERM);
  CHECK(rename("sticky/mine", "sticky/mine2") == 0 && unlink("sticky/mine2") == 0);
  CHECK(unlink("sticky/of_user") == 0);
  make("inherit/file", -1, -1, 0644);
  owner("inherit/file");
  CHECK(mkdir("inherit/dir", 0755) == 0);
  owner("inherit/dir");
}

static void of_someone_else(void) {
  can("open/mine/file");
  CHECK(unlink("open/second") == 0);
  CHECK_FAILS(unlink("open/mine/file"), EACCES);
  CHECK(rename("open/fifo", "open/fifo2") == 0);
  CHECK_FAILS(rename("open/mine", "open/theirs/x"), EACCES);
}

static void effective_and_real(void) {
  CHECK(seteuid(1000) == 0);
  CHECK_FAILS(open("of_root", O_RDWR), EACCES);
  CHECK(access("of_root", R_OK | W_OK) == 0);
  CHECK_FAILS(faccessat(AT_FDCWD, "of_root", W_OK, AT_EACCESS), EACCES);
  CHECK(seteuid(0) == 0);
  const int fd = open("of_root", O_RDWR);
  CHECK(fd >= 0 && close(fd) == 0);
}

int main(void) {
  umask(022);
  CHECK(mkdir("place", 0755) == 0 && chdir("place") == 0);
  make("of_root", 0, 0, 0644);
  make("of_user", 1000, 0, 0600);
  make("of_group", 0, 50, 0660);
  make("shut", 1000, 1000, 0200);
  make_dir("open", 0, 0, 0777);
  make_dir("closed", 0, 0, 0700);
  make_dir("searched", 0, 0, 0711);
  make_dir("sticky", 0, 0, 01777);
  make_dir("inherit", 0, 60, 02777);
  make_dir("open/theirs", 1001, 1001, 0755);
  make("open/file", 0, 0, 0644);
  make("closed/file", 0, 0, 0644);
  make("searched/file", 0, 0, 0644);
  make("sticky/of_root", 0, 0, 0666);
  make("sticky/of_user", 1000, 0, 0600);
  make_dir("sticky/dir", 0, 0, 0777);
  CHECK(symlink("of_user", "link") == 0 && symlink("closed/file", "closed_link") == 0);
  owner(".");
  owner("of_user");
  owner("inherit");

  const gid_t groups[] = {50};
  as(1000, 1000, groups, 1, reads);
  as(1000, 1000, groups, 1, changes);
  as(1000, 1000, NULL, 0, sticky);
  as(1001, 1001, NULL, 0, of_someone_else);
  as(0, 0, NULL, 0, effective_and_real);

  // A new file in an old inode is nobody else's.
  CHECK(unlink("open/mine/file") == 0 && rmdir("open/mine") == 0 && unlink("open/link") == 0);
  for (int i = 0; i < 8; i++) {
    char name[16];
    snprintf(name, sizeof(name), "n%d", i);
    make(name, -1, -1, 0644);
    struct stat status;
    CHECK(stat(name, &status) == 0 && status.st_uid == 0 && status.st_gid == 0);
  }
  return 0;
}
