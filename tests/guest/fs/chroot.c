// expect-cage: exit 0
// stdout: root: /\nfile: 'inside'\n..: 'inside'\nlink: 'inside'\n/sub\n(unreachable) 1\nchild: 'inside'\nout: ENOENT\nback: 'outside'\n
/* A root of one's own.  Linux lets only the host's root do this, so it is no judge here. */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "transcript.h"

static void show_as(const char* name, const char* path) {
  char text[64];
  const int fd = open(path, O_RDONLY);
  if (fd < 0) {
    printf("%s: %s\n", name, strerrorname_np(errno));
    return;
  }
  const ssize_t length = read(fd, text, sizeof(text));
  printf("%s: '%.*s'\n", name, (int)(length < 0 ? 0 : length), text);
  close(fd);
}

int main(void) {
  char here[512];
  setvbuf(stdout, NULL, _IOLBF, 0);
  const int outside = open(".", O_RDONLY | O_DIRECTORY);
  put_file("secret", "outside");
  NEED(mkdir("jail", 0755));
  NEED(mkdir("jail/sub", 0755));
  put_file("jail/secret", "inside");
  NEED(symlink("/secret", "jail/link"));
  NEED(chroot("jail"));
  NEED(chdir("/"));
  printf("root: %s\n", getcwd(here, sizeof(here)));
  show_as("file", "/secret");
  show_as("..", "/../../secret");
  show_as("link", "link");
  NEED(chdir("sub"));
  puts(getcwd(here, sizeof(here)));
  NEED(fchdir(outside));
  syscall(SYS_getcwd, here, sizeof(here));
  printf("(unreachable) %d\n", strncmp(here, "(unreachable)", 13) == 0);
  fflush(stdout);
  if (fork() == 0) {
    show_as("child", "/sub/../../secret");
    _exit(0);
  }
  wait(NULL);
  show_as("out", "/jail/secret");
  show_as("back", "secret"); /* an open directory outside stays what it was, as on Linux */
  return 0;
}
