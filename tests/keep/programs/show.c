// What a program was given: arguments, environment, open descriptors; each a line.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
  for (int i = 0; i < argc; ++i)
    printf("arg %s\n", argv[i]);
  for (char** each = environ; *each != NULL; ++each)
    printf("env %s\n", *each);
  for (int fd = 0; fd < 32; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) printf("fd %d\n", fd);
  }
  return 7;
}
