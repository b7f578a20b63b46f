/* ioctl on files that are no terminal. */
#include <sys/ioctl.h>
#include <termios.h>

#include "transcript.h"

int main(void) {
  begin();
  put_file("file", "0123456789");
  SHOW(open("file", O_RDONLY));
  int value = -1;
  struct winsize size;
  SHOW(isatty(3));
  SHOW(isatty(40));
  SHOW(ioctl(3, TIOCGWINSZ, &size));
  SHOW(ioctl(3, FIONREAD, &value));
  printf("left: %d\n", value);
  SHOW(ioctl(3, FIOCLEX));
  SHOW(fcntl(3, F_GETFD));
  SHOW(ioctl(3, FIONCLEX));
  SHOW(fcntl(3, F_GETFD));
  value = 1;
  SHOW(ioctl(3, FIONBIO, &value));
  SHOW(fcntl(3, F_GETFL) & O_NONBLOCK);
  value = 0;
  SHOW(ioctl(3, FIONBIO, &value));
  SHOW(fcntl(3, F_GETFL) & O_NONBLOCK);
  SHOW(ioctl(3, FIONBIO, bad_pointer));
  SHOW(ioctl(3, 0x12345678, &value));
  SHOW(ioctl(40, FIONREAD, &value));
  SHOW(tcgetpgrp(3));
  close(3);
  int ends[2];
  NEED(pipe(ends));
  SHOW(ioctl(3, TIOCGWINSZ, &size));
  SHOW(ioctl(3, FIONREAD, &value));
  SHOW(ioctl(3, FIONREAD, bad_pointer));
  close(3);
  close(4);
  NEED(unlink("file"));
  return end();
}
