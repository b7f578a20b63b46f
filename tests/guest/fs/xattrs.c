/* Extended attributes of users, by path, link and descriptor. */
#include <sys/xattr.h>

#include "transcript.h"

static void list(const char* path) {
  char names[256];
  const ssize_t size = listxattr(path, names, sizeof(names));
  printf("%s has %d bytes of names\n", path, (int)size);
  for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1)
    printf("  %s\n", names + at);
}

int main(void) {
  begin();
  put_file("file", "text");
  NEED(symlink("file", "link"));
  const int supported = setxattr("file", "user.one", "1", 1, 0) == 0;
  if (supported) {
    char value[16] = "";
    SHOW(getxattr("file", "user.one", value, sizeof(value)));
    SHOW(getxattr("link", "user.one", NULL, 0));
    SHOW(lgetxattr("link", "user.one", NULL, 0));
    SHOW(setxattr("file", "user.one", "again", 5, XATTR_CREATE));
    SHOW(setxattr("file", "user.two", "again", 5, XATTR_REPLACE));
    SHOW(setxattr("link", "user.two", "22", 2, XATTR_CREATE));
    SHOW(getxattr("file", "user.two", value, 1));
    list("link");
    SHOW(listxattr("file", value, 3));
    const int fd = open("file", O_RDONLY);
    SHOW(fgetxattr(fd, "user.two", value, sizeof(value)));
    SHOW(fsetxattr(fd, "user.three", "", 0, 0));
    SHOW(fremovexattr(fd, "user.one"));
    SHOW(fremovexattr(fd, "user.one"));
    SHOW(flistxattr(fd, NULL, 0));
    NEED(close(fd));
    SHOW(removexattr("link", "user.two"));
    list("file");
    SHOW(lsetxattr("link", "user.x", "1", 1, 0));
    SHOW(setxattr(".", "user.dir", "1", 1, 0));
    SHOW(getxattr("./", "user.dir", value, sizeof(value)));
    SHOW(setxattr("file", "user.", "1", 1, 0));
    SHOW(setxattr("file", "user.big", "1", 70000, 0));
    SHOW(setxattr("file", "user.x", bad_pointer, 4, 0));
    SHOW(getxattr("file", bad_pointer, NULL, 0));
  } else {
    printf("none here: %s\n", strerrorname_np(errno));
  }
  SHOW(setxattr("missing", "user.x", "1", 1, 0));
  SHOW(setxattr("file", "", "1", 1, 0));
  SHOW(setxattr("file", "user.x", "1", 1, 99));
  SHOW(fgetxattr(40, "user.x", NULL, 0));
  NEED(unlink("link"));
  NEED(unlink("file"));
  return end();
}
