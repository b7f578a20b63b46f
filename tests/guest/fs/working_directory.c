/* chdir, fchdir, getcwd; relative names after the directory has gone. */
#include <limits.h>
#include <sys/syscall.h>

#include "transcript.h"

static char start[PATH_MAX];

/* Prints the working directory relative to where we began. */
static void where(void) {
  char here[PATH_MAX];
  if (getcwd(here, sizeof(here)) == NULL) {
    printf("getcwd: %s\n", strerrorname_np(errno));
    return;
  }
  const size_t length = strlen(start);
  printf("in %s\n", strncmp(here, start, length) == 0 ? here + length : here);
}

int main(void) {
  begin();
  if (getcwd(start, sizeof(start)) == NULL) return 1;
  NEED(mkdir("dir", 0755));
  NEED(mkdir("dir/sub", 0755));
  NEED(symlink("dir/sub", "link"));
  put_file("file", "top");
  put_file("dir/sub/file", "sub");
  SHOW(chdir("dir"));
  where();
  SHOW(chdir("sub/"));
  where();
  show_file("file");
  SHOW(chdir("../.."));
  where();
  SHOW(chdir("link"));
  where();
  SHOW(chdir(".."));
  where();
  SHOW(chdir(start));
  where();
  SHOW(chdir("file"));
  SHOW(chdir("missing"));
  SHOW(chdir(""));
  SHOW(open("dir", O_RDONLY));
  SHOW(open("file", O_RDONLY));
  SHOW(open("dir/sub", O_PATH));
  SHOW(fchdir(3));
  where();
  SHOW(fchdir(4));
  SHOW(fchdir(5));
  where();
  SHOW(fchdir(40));
  char small[4];
  SHOW(syscall(SYS_getcwd, small, sizeof(small)));
  SHOW(syscall(SYS_getcwd, bad_pointer, 4096));
  SHOW(chdir("/"));
  where();
  SHOW(chdir(".."));
  where();
  SHOW(chdir("/dev"));
  where();

  NEED(chdir(start));
  NEED(mkdir("gone", 0755));
  NEED(chdir("gone"));
  SHOW(rmdir("../gone"));
  where();
  SHOW(open("file", O_CREAT | O_WRONLY, 0644));
  SHOW(open(".", O_RDONLY));
  SHOW(close(6));
  SHOW(mkdir("x", 0755));
  SHOW(chdir(start));
  where();

  for (int fd = 3; fd < 6; ++fd)
    close(fd);
  NEED(unlink("file"));
  NEED(unlink("dir/sub/file"));
  NEED(unlink("link"));
  NEED(rmdir("dir/sub"));
  NEED(rmdir("dir"));
  return end();
}
