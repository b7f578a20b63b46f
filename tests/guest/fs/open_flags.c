/* open: flags, errors and their order, trailing slashes, lowest descriptor. */
#include "transcript.h"

int main(void) {
  begin();
  put_file("file", "content");
  NEED(mkdir("dir", 0755));
  NEED(symlink("file", "link"));
  NEED(symlink("dir", "dirlink"));
  NEED(symlink("missing", "dangling"));
  NEED(mkfifo("fifo", 0644));

  SHOW(open("file", O_RDONLY));
  SHOW(open("file", O_RDONLY));
  SHOW(close(3));
  SHOW(open("dir", O_RDONLY));
  SHOW(close(4));
  SHOW(close(3));
  SHOW(close(3));
  SHOW(close(-1));

  SHOW(open("missing", O_RDONLY));
  SHOW(open("", O_RDONLY));
  SHOW(open("file/below", O_RDONLY));
  SHOW(open("missing/below", O_RDONLY | O_CREAT, 0644));
  SHOW(open("file/", O_RDONLY));
  SHOW(open("file/.", O_RDONLY));
  SHOW(open("new/", O_RDWR | O_CREAT, 0644));
  SHOW(open("dir/", O_RDWR | O_CREAT, 0644));
  SHOW(open("dir", O_WRONLY));
  SHOW(open("dir", O_RDONLY | O_CREAT, 0644));
  SHOW(open("file", O_RDONLY | O_DIRECTORY));
  SHOW(open("link", O_RDONLY | O_NOFOLLOW));
  SHOW(open("link", O_RDONLY | O_DIRECTORY));
  SHOW(open("dirlink/", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
  SHOW(close(3));
  SHOW(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));
  SHOW(open("link", O_RDWR | O_CREAT | O_EXCL, 0644));
  SHOW(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0644));
  SHOW(open("dangling", O_RDONLY));
  SHOW(open("dangling", O_WRONLY | O_CREAT, 0644));
  SHOW(close(3));
  SHOW(unlink("missing"));
  SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
  SHOW(open("fifo", O_RDONLY | O_NONBLOCK));
  SHOW(open("fifo", O_WRONLY));
  SHOW(close(4));
  SHOW(close(3));
  SHOW(open("dir", O_RDWR | O_TMPFILE, 0600));
  SHOW(write(3, "x", 1));
  SHOW(close(3));
  SHOW(open("dir", O_RDONLY | O_TMPFILE, 0600));
  SHOW(openat(17, "file", O_RDONLY));
  SHOW(openat(17, "", O_RDONLY));
  SHOW(open(bad_pointer, O_RDONLY));

  SHOW(open("file", O_RDONLY | O_TRUNC));
  SHOW(lseek(3, 0, SEEK_END));
  SHOW(close(3));

  SHOW(open("file", O_PATH));
  char byte;
  SHOW(read(3, &byte, 1));
  SHOW(lseek(3, 0, SEEK_SET));
  SHOW(ftruncate(3, 0));
  SHOW(fcntl(3, F_GETFL) & O_PATH);
  SHOW(close(3));
  SHOW(open("link", O_PATH | O_NOFOLLOW));
  struct stat status;
  SHOW(fstat(3, &status));
  printf("link is a link: %d\n", S_ISLNK(status.st_mode));
  SHOW(close(3));

  SHOW(open("dir", O_RDONLY | O_DIRECTORY));
  SHOW(openat(3, "inside", O_WRONLY | O_CREAT, 0644));
  SHOW(openat(4, "inside", O_RDONLY));
  SHOW(openat(3, "../file", O_RDONLY));
  SHOW(unlinkat(3, "inside", 0));
  for (int fd = 3; fd < 6; ++fd)
    close(fd);

  char path[5000];
  memset(path, 'x', sizeof(path));
  path[255] = '\0';
  SHOW(open(path, O_RDONLY));
  path[255] = 'x';
  path[256] = '\0';
  SHOW(open(path, O_RDONLY));
  memset(path, '/', sizeof(path));
  strcpy(path + 4091, "dev");
  SHOW(open(path, O_PATH));
  close(3);
  memset(path, '/', sizeof(path));
  strcpy(path + 4093, "dev");
  SHOW(open(path, O_PATH));

  SHOW(open("/dev/null", O_RDWR | O_CREAT | O_TRUNC, 0644));
  SHOW(write(3, "gone", 4));
  SHOW(read(3, &byte, 1));
  SHOW(close(3));
  SHOW(open("/dev/full", O_WRONLY));
  SHOW(write(3, "x", 1));
  SHOW(close(3));
  SHOW(open("/dev/null/", O_RDONLY));
  SHOW(open("/dev/null/x", O_RDONLY));

  NEED(unlink("file"));
  NEED(unlink("link"));
  NEED(unlink("dirlink"));
  NEED(unlink("dangling"));
  NEED(unlink("fifo"));
  NEED(rmdir("dir"));
  return end();
}
