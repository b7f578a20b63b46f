/* Pipes: end of file, EPIPE with SIGPIPE, O_NONBLOCK, flags, errors. */
#include <sys/ioctl.h>

#include "transcript.h"

static volatile sig_atomic_t num_signals;
static void count(int signo) {
  num_signals += signo == SIGPIPE;
}

int main(void) {
  begin();
  int ends[2];
  char text[64] = "";
  SHOW(pipe(ends));
  printf("%d %d\n", ends[0], ends[1]);
  SHOW(write(4, "hello", 5));
  int waiting = 0;
  SHOW(ioctl(3, FIONREAD, &waiting));
  printf("waiting: %d\n", waiting);
  SHOW(read(3, text, 2));
  SHOW(read(3, text + 2, 60));
  printf("%s\n", text);
  SHOW(read(4, text, 1));
  SHOW(write(3, text, 1));
  SHOW(close(4));
  SHOW(read(3, text, 1));
  SHOW(close(3));

  SHOW(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
  SHOW(fcntl(3, F_GETFD));
  SHOW(fcntl(4, F_GETFL) & (O_NONBLOCK | O_ACCMODE));
  SHOW(read(3, text, 1));
  long total = 0;
  static char block[4096];
  for (;;) {
    const ssize_t written = write(4, block, sizeof(block));
    if (written < 0) break;
    total += written;
  }
  printf("full after %ld: %s\n", total, strerrorname_np(errno));
  SHOW(fcntl(3, F_GETPIPE_SZ));
  SHOW(close(3));

  signal(SIGPIPE, SIG_IGN);
  SHOW(write(4, "x", 1));
  signal(SIGPIPE, count);
  SHOW(write(4, "x", 1));
  printf("signals: %d\n", (int)num_signals);
  SHOW(write(4, "", 0));
  SHOW(close(4));

  SHOW(pipe2(ends, O_APPEND));
  SHOW(pipe((void*)bad_pointer));
  SHOW(dup(1));
  SHOW(close(3));

  NEED(mkfifo("fifo", 0644));
  SHOW(open("fifo", O_RDWR));
  SHOW(open("fifo", O_WRONLY));
  SHOW(open("fifo", O_RDONLY));
  SHOW(write(4, "through", 7));
  SHOW(read(5, text, sizeof(text)));
  SHOW(close(3));
  SHOW(close(4));
  SHOW(read(5, text, sizeof(text)));
  SHOW(close(5));
  NEED(unlink("fifo"));
  return end();
}
