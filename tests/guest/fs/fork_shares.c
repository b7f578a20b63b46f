/* What parent and child share after fork: open files, not descriptors; a FIFO between them. */
#include <sys/wait.h>

#include "transcript.h"

static void child(void (*work)(void)) {
  fflush(stdout);
  const pid_t pid = fork();
  need("fork", pid);
  if (pid == 0) {
    work();
    fflush(stdout);
    _exit(0);
  }
  int status = 0;
  NEED(waitpid(pid, &status, 0));
  printf("child ended with %d\n", status);
}

static void moves_the_offset(void) {
  SHOW(lseek(3, 2, SEEK_CUR));
  SHOW(fcntl(3, F_SETFL, O_APPEND));
  SHOW(close(4));
  SHOW(dup2(3, 7));
  SHOW(chdir("dir"));
  SHOW(umask(077));
}

static void writes_to_the_fifo(void) {
  const int fd = open("fifo", O_WRONLY);
  need("fifo", fd);
  NEED(write(fd, "from the child", 14));
}

int main(void) {
  begin();
  put_file("file", "0123456789");
  NEED(mkdir("dir", 0755));
  NEED(mkfifo("fifo", 0644));
  SHOW(open("file", O_RDWR));
  SHOW(open("file", O_RDWR));
  child(moves_the_offset);
  SHOW(lseek(3, 0, SEEK_CUR));
  SHOW(fcntl(3, F_GETFL) & O_APPEND);
  SHOW(fcntl(4, F_GETFD));
  SHOW(fcntl(7, F_GETFD));
  SHOW(umask(022));
  show_file("file");

  fflush(stdout);
  const pid_t pid = fork();
  need("fork", pid);
  if (pid == 0) {
    writes_to_the_fifo();
    _exit(0);
  }
  show_file("fifo");
  NEED(waitpid(pid, NULL, 0));

  /* The end of a pipe is seen when the last writer has gone. */
  int ends[2];
  NEED(pipe(ends));
  if (fork() == 0) {
    close(ends[0]);
    (void)!write(ends[1], "abc", 3);
    _exit(0);
  }
  close(ends[1]);
  char text[8];
  SHOW(read(ends[0], text, sizeof(text)));
  SHOW(read(ends[0], text, sizeof(text)));
  NEED(wait(NULL));
  for (int fd = 3; fd < 8; ++fd)
    close(fd);
  NEED(unlink("file"));
  NEED(unlink("fifo"));
  NEED(rmdir("dir"));
  return end();
}
