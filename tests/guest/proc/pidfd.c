/* pidfd_open, pidfd_send_signal, waitid by pidfd, poll and epoll on one. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static long show(const char* text, long value) {
  if (value == -1) {
    printf("%s = %s\n", text, strerrorname_np(errno));
  } else {
    printf("%s = %ld\n", text, value);
  }
  return value;
}
#define SHOW(call) show(#call, (long)(call))

static void show_wait(int fd, int options) {
  siginfo_t info;
  memset(&info, 0, sizeof(info));
  if (SHOW(waitid(P_PIDFD, (id_t)fd, &info, options)) != 0) return;
  printf(" signal %d code %d status %d\n", info.si_signo, info.si_code, info.si_status);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int fd = 3; fd < 20; ++fd)
    close(fd);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    close(ends[1]);
    (void)!read(ends[0], &byte, 1);
    _exit(3);
  }
  const int fd = SHOW(pidfd_open(child, 0));
  SHOW(fcntl(fd, F_GETFD));
  struct pollfd ready = {fd, POLLIN, 0};
  SHOW(poll(&ready, 1, 0));
  SHOW(pidfd_send_signal(fd, 0, NULL, 0));
  SHOW(pidfd_send_signal(fd, 99, NULL, 0));
  show_wait(fd, WEXITED | WNOHANG);
  const int set = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 77};
  SHOW(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
  SHOW(epoll_wait(set, &event, 1, 0));
  const int second = SHOW(pidfd_open(child, PIDFD_NONBLOCK));
  show_wait(second, WEXITED);
  close(ends[1]);
  SHOW(poll(&ready, 1, 10000));
  printf("revents %#x\n", ready.revents);
  SHOW(epoll_wait(set, &event, 1, 10000));
  char byte;
  SHOW(read(fd, &byte, 1));
  SHOW(pidfd_send_signal(fd, SIGTERM, NULL, 0));
  show_wait(fd, WEXITED);
  show_wait(fd, WEXITED);
  SHOW(pidfd_send_signal(fd, 0, NULL, 0));
  SHOW(pidfd_open(child, 0));
  SHOW(pidfd_open(0, 0));
  SHOW(pidfd_open(getpid(), 12345));
  SHOW(pidfd_send_signal(ends[0], 0, NULL, 0));
  show_wait(ends[0], WEXITED);
  show_wait(60, WEXITED);
  // Killed through it.
  const pid_t victim = fork();
  if (victim == 0) {
    for (;;)
      pause();
  }
  const int other = pidfd_open(victim, 0);
  SHOW(pidfd_send_signal(other, SIGKILL, NULL, 0));
  show_wait(other, WEXITED);
  return 0;
}
