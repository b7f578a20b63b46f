/* umask, chmod, chown to oneself, what a creation mode becomes. */
#include "transcript.h"

static void mode_of(const char* path) {
  struct stat status;
  if (lstat(path, &status) != 0) {
    printf("%s: %s\n", path, strerrorname_np(errno));
    return;
  }
  printf("%s: %06o\n", path, status.st_mode);
}

int main(void) {
  begin();
  SHOW(umask(027));
  SHOW(umask(027));
  NEED(close(open("file", O_CREAT | O_WRONLY, 0666)));
  NEED(close(open("all", O_CREAT | O_WRONLY, 0777)));
  NEED(mkdir("dir", 0777));
  NEED(mkdir("sticky", 01777));
  NEED(mkfifo("fifo", 0666));
  NEED(mknod("node", S_IFREG | 0644, 0));
  mode_of("file");
  mode_of("all");
  mode_of("dir");
  mode_of("sticky");
  mode_of("fifo");
  mode_of("node");
  SHOW(umask(07777));
  SHOW(umask(0));
  NEED(close(open("open", O_CREAT | O_WRONLY, 0666)));
  mode_of("open");

  SHOW(chmod("file", 0));
  mode_of("file");
  SHOW(chmod("file", 0640));
  SHOW(chmod("dir", 01755));
  mode_of("dir");
  SHOW(chmod("dir/", 0755));
  SHOW(chmod("file/", 0755));
  SHOW(chmod("missing", 0755));
  SHOW(chmod("fifo", 0600));
  mode_of("fifo");
  SHOW(fchmodat(AT_FDCWD, "file", 0600, 0));
  SHOW(fchmodat(40, "file", 0600, 0));
  SHOW(open("file", O_RDONLY));
  SHOW(fchmod(3, 0604));
  mode_of("file");
  SHOW(fchmod(40, 0604));
  SHOW(fchown(3, geteuid(), getegid()));
  SHOW(fchown(3, -1, -1));
  SHOW(fchown(40, -1, -1));
  SHOW(close(3));
  SHOW(open("file", O_PATH));
  SHOW(fchmod(3, 0600));
  SHOW(fchown(3, -1, -1));
  SHOW(fchownat(3, "", geteuid(), getegid(), AT_EMPTY_PATH));
  SHOW(close(3));

  SHOW(chown("file", geteuid(), getegid()));
  SHOW(chown("file", -1, -1));
  SHOW(chown("missing", -1, -1));
  SHOW(chown("file/", -1, -1));
  NEED(symlink("missing", "link"));
  SHOW(chown("link", -1, -1));
  SHOW(lchown("link", -1, -1));
  SHOW(fchownat(AT_FDCWD, "file", -1, -1, 1));

  NEED(unlink("file"));
  NEED(unlink("all"));
  NEED(unlink("fifo"));
  NEED(unlink("node"));
  NEED(unlink("open"));
  NEED(unlink("link"));
  NEED(rmdir("dir"));
  NEED(rmdir("sticky"));
  return end();
}
