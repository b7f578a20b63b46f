// signalfd: what it reads, when it is ready, and what a child sees.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static int ready(int fd) {
  struct pollfd waits = {.fd = fd, .events = POLLIN | POLLOUT};
  CHECK(poll(&waits, 1, 0) >= 0);
  return waits.revents;
}

static void show(int fd) {
  struct signalfd_siginfo info;
  CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
  printf("signal %u code %d self %d own uid %d int %d\n", info.ssi_signo, info.ssi_code, info.ssi_pid == (unsigned)getpid(),
         info.ssi_uid == getuid(), info.ssi_int);
}

int main(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 1);
  sigaddset(&set, SIGCHLD);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  CHECK_FAILS(signalfd(-1, &set, 1), EINVAL);
  CHECK_FAILS(signalfd(0, &set, 0), EINVAL);
  CHECK_FAILS(signalfd(99, &set, 0), EBADF);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  CHECK(fd >= 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  struct signalfd_siginfo several[4];
  CHECK_FAILS(read(fd, several, sizeof(several)), EAGAIN);
  CHECK_FAILS(read(fd, several, 10), EINVAL);
  printf("ready %d\n", ready(fd));

  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
  CHECK(epoll_wait(epoll, &event, 1, 0) == 0);
  CHECK(kill(getpid(), SIGUSR1) == 0);
  printf("ready %d epoll %d\n", ready(fd), epoll_wait(epoll, &event, 1, -1));
  show(fd);
  printf("ready %d epoll %d\n", ready(fd), epoll_wait(epoll, &event, 1, 0));

  union sigval value = {.sival_int = 5};
  for (int i = 0; i < 3; i++) CHECK(sigqueue(getpid(), SIGRTMIN + 1, value) == 0);
  CHECK(kill(getpid(), SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0);
  ssize_t bytes = read(fd, several, sizeof(several));
  printf("%d records:", (int)(bytes / (ssize_t)sizeof(several[0])));
  for (ssize_t i = 0; i < bytes / (ssize_t)sizeof(several[0]); i++) printf(" %u", several[i].ssi_signo);
  printf("\n");

  CHECK(fcntl(fd, F_SETFL, 0) == 0);
  pid_t pid = fork();
  if (pid == 0) _exit(6);
  struct signalfd_siginfo info;
  CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
  printf("child: signal %u code %d pid %d status %d\n", info.ssi_signo, info.ssi_code, info.ssi_pid == (unsigned)pid,
         info.ssi_status);
  CHECK(waitpid(pid, NULL, 0) == pid);

  CHECK(kill(getpid(), SIGUSR1) == 0);
  pid = fork();
  if (pid == 0) {  // it has no pending signals of its own yet
    CHECK(ready(fd) == 0);
    CHECK(raise(SIGUSR1) == 0);
    CHECK(ready(fd) == POLLIN);
    CHECK(read(fd, &info, sizeof(info)) == sizeof(info) && info.ssi_pid == (unsigned)getpid());
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  show(fd);
  CHECK(read(fd, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGCHLD);

  sigdelset(&set, SIGUSR1);
  CHECK(signalfd(fd, &set, 0) == fd);
  CHECK(raise(SIGUSR1) == 0);
  printf("other mask: ready %d\n", ready(fd));
  return 0;
}
