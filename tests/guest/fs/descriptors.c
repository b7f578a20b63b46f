/* dup and fcntl; what duplicates share. */
#include <linux/close_range.h>
#include <sys/resource.h>

#include "transcript.h"

int main(void) {
  begin();
  put_file("file", "0123456789");
  SHOW(open("file", O_RDWR));
  SHOW(dup(3));
  SHOW(dup2(3, 9));
  SHOW(dup2(3, 3));
  SHOW(dup2(50, 51));
  SHOW(dup2(50, 50));
  SHOW(dup2(3, -1));
  SHOW(dup2(3, 1 << 30));
  SHOW(dup3(3, 3, 0));
  SHOW(dup3(3, 10, O_NONBLOCK));
  SHOW(dup3(3, 10, O_CLOEXEC));
  SHOW(fcntl(10, F_GETFD));
  SHOW(fcntl(9, F_GETFD));
  SHOW(fcntl(9, F_SETFD, FD_CLOEXEC));
  SHOW(fcntl(9, F_GETFD));
  SHOW(fcntl(3, F_GETFD));
  SHOW(fcntl(3, F_DUPFD, 20));
  SHOW(fcntl(3, F_DUPFD, 20));
  SHOW(fcntl(3, F_DUPFD_CLOEXEC, 0));
  SHOW(fcntl(5, F_GETFD));
  SHOW(fcntl(3, F_DUPFD, -1));
  SHOW(fcntl(3, F_DUPFD, 1 << 30));
  SHOW(fcntl(60, F_DUPFD, -1));

  SHOW(lseek(3, 4, SEEK_SET));
  SHOW(lseek(20, 0, SEEK_CUR));
  SHOW(fcntl(3, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
  SHOW(fcntl(3, F_SETFL, O_APPEND | O_NONBLOCK));
  SHOW(fcntl(20, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
  SHOW(fcntl(3, F_SETFL, 0));
  SHOW(fcntl(20, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
  SHOW(fcntl(60, F_GETFL));
  SHOW(fcntl(3, 9999, 0));
  SHOW(fcntl(60, 9999, 0));

  SHOW(close_range(9, 30, 0));
  SHOW(fcntl(20, F_GETFD));
  SHOW(fcntl(5, F_GETFD));
  SHOW(close_range(4, 3, 0));
  SHOW(close_range(3, ~0U, 1U << 30));
  SHOW(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC));
  SHOW(fcntl(3, F_GETFD));

  struct rlimit limit;
  NEED(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = 8;
  NEED(setrlimit(RLIMIT_NOFILE, &limit));
  int last = 0;
  int fd;
  while ((fd = dup(3)) >= 0)
    last = fd;
  printf("last descriptor: %d, then %s\n", last, strerrorname_np(errno));
  SHOW(open("file", O_RDONLY));
  SHOW(dup2(3, 8));
  SHOW(fcntl(3, F_DUPFD, 8));
  int ends[2];
  SHOW(close(7));
  SHOW(pipe(ends));
  SHOW(open("file", O_RDONLY));
  for (fd = 3; fd < 8; ++fd)
    close(fd);
  NEED(unlink("file"));
  return end();
}
