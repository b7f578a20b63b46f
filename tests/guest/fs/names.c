/* mkdir, rmdir, unlink, link, symlink, rename, mknod: results and errors. */
#include <linux/fs.h>

#include "transcript.h"

int main(void) {
  begin();
  SHOW(mkdir("dir", 0755));
  SHOW(mkdir("dir", 0755));
  SHOW(mkdir("slash/", 0755));
  SHOW(mkdir("missing/dir", 0755));
  SHOW(mkdir(".", 0755));
  SHOW(mkdir("..", 0755));
  SHOW(mkdir("/", 0755));
  SHOW(mkdir("", 0755));
  SHOW(mkdir("dir/.", 0755));
  put_file("file", "file");
  SHOW(mkdir("file/dir", 0755));
  SHOW(mkdir("file", 0755));

  SHOW(rmdir("file"));
  SHOW(rmdir("missing"));
  SHOW(rmdir("."));
  SHOW(rmdir("dir/."));
  SHOW(rmdir("dir/.."));
  SHOW(rmdir("/"));
  SHOW(rmdir("slash/"));
  put_file("dir/inside", "inside");
  SHOW(rmdir("dir"));
  SHOW(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));

  SHOW(unlink("dir"));
  SHOW(unlink("dir/"));
  SHOW(unlink("file/"));
  SHOW(unlink("missing"));
  SHOW(unlink("missing/"));
  SHOW(unlink("."));
  SHOW(unlink(".."));
  SHOW(unlink("/"));
  SHOW(unlink(""));
  SHOW(unlinkat(AT_FDCWD, "file", 1));

  SHOW(link("file", "hard"));
  SHOW(link("file", "hard"));
  SHOW(link("missing", "x"));
  SHOW(link("dir", "dirhard"));
  SHOW(link("file", "dir/"));
  SHOW(link("file", "new/"));
  SHOW(link("file/", "x"));
  SHOW(symlink("file", "link"));
  SHOW(link("link", "link2"));
  struct stat status;
  SHOW(lstat("link2", &status));
  printf("link2 is a link: %d\n", S_ISLNK(status.st_mode));
  SHOW(linkat(AT_FDCWD, "link", AT_FDCWD, "hard2", AT_SYMLINK_FOLLOW));
  SHOW(lstat("hard2", &status));
  printf("hard2: %d links\n", (int)status.st_nlink);
  SHOW(linkat(AT_FDCWD, "file", AT_FDCWD, "x", 1));
  SHOW(link("file", "/dev/null"));
  SHOW(link("/dev/null", "x"));

  SHOW(symlink("", "empty"));
  SHOW(symlink("target", "link"));
  SHOW(symlink("target", "new/"));
  SHOW(symlink("target", "dir/"));
  SHOW(symlink("target", "missing/x"));

  SHOW(rename("file", "moved"));
  SHOW(rename("moved", "file"));
  SHOW(rename("file", "hard"));
  SHOW(access("file", F_OK));
  SHOW(rename("missing", "x"));
  SHOW(rename("file", "dir"));
  SHOW(rename("dir", "file"));
  SHOW(rename("dir", "dir/below"));
  SHOW(rename("dir/inside", "dir"));
  SHOW(rename(".", "x"));
  SHOW(rename("file", "."));
  SHOW(rename("dir/..", "x"));
  SHOW(rename("file/", "x"));
  SHOW(rename("file", "x/"));
  SHOW(rename("dir/", "dir2/"));
  SHOW(rename("dir2", "dir"));
  SHOW(rename("", "x"));
  SHOW(rename("file", ""));
  SHOW(rename("link", "renamed"));
  SHOW(lstat("renamed", &status));
  SHOW(mkdir("target", 0755));
  SHOW(rename("dir", "target"));
  SHOW(access("target/inside", F_OK));
  SHOW(mkdir("dir", 0755));
  SHOW(rename("dir", "target"));
  SHOW(rename("target", "target/inside"));
  SHOW(renameat2(AT_FDCWD, "file", AT_FDCWD, "hard2", RENAME_NOREPLACE));
  SHOW(renameat2(AT_FDCWD, "file", AT_FDCWD, "dir", RENAME_EXCHANGE));
  SHOW(renameat2(AT_FDCWD, "file", AT_FDCWD, "dir", RENAME_EXCHANGE));
  SHOW(renameat2(AT_FDCWD, "file", AT_FDCWD, "x", RENAME_EXCHANGE));
  SHOW(renameat2(AT_FDCWD, "file", AT_FDCWD, "x", RENAME_EXCHANGE | RENAME_NOREPLACE));
  SHOW(renameat2(AT_FDCWD, "file", AT_FDCWD, "x", 1 << 20));
  SHOW(renameat(40, "file", AT_FDCWD, "x"));

  SHOW(mknod("node", S_IFREG | 0640, 0));
  SHOW(mknod("node", S_IFREG | 0640, 0));
  SHOW(mknod("pipe", S_IFIFO | 0640, 0));
  SHOW(mknod("directory", S_IFDIR | 0640, 0));
  SHOW(mknod("what", 0170000 | 0640, 0));
  SHOW(mknod("new/", S_IFREG | 0640, 0));

  /* An unlinked file lives on behind its descriptor. */
  SHOW(open("node", O_RDWR));
  SHOW(unlink("node"));
  SHOW(write(3, "alive", 5));
  SHOW(fstat(3, &status));
  printf("links: %d\n", (int)status.st_nlink);
  SHOW(close(3));

  NEED(unlink("file"));
  NEED(unlink("hard"));
  NEED(unlink("hard2"));
  NEED(unlink("renamed"));
  NEED(unlink("link2"));
  NEED(unlink("pipe"));
  NEED(unlink("target/inside"));
  NEED(rmdir("target"));
  NEED(rmdir("dir"));
  return end();
}
