/* A signal interrupts a call that waits; SA_RESTART decides whether it is made again. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "transcript.h"

static volatile sig_atomic_t num_alarms;
static int feed = -1; /* where the handler writes a byte, so that a call made again can end */

static void on_alarm(int signo) {
  (void)signo;
  ++num_alarms;
  if (feed >= 0) (void)!write(feed, "!", 1);
}

/* The next alarm comes soon, and again and again until disarm. */
static void arm(int flags, int fd) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
  const struct itimerval often = {{0, 20000}, {0, 20000}};
  NEED(sigaction(SIGALRM, &action, NULL));
  feed = fd;
  num_alarms = 0;
  NEED(setitimer(ITIMER_REAL, &often, NULL));
}

static void disarm(void) {
  const int error = errno;
  const struct itimerval never = {{0, 0}, {0, 0}};
  NEED(setitimer(ITIMER_REAL, &never, NULL));
  printf("  alarms came: %d\n", num_alarms > 0);
  errno = error;
}

#define INTERRUPT(flags, fd, call) \
  do {                             \
    arm(flags, fd);                \
    const long result_ = (call);   \
    disarm();                      \
    show(#call, result_);          \
  } while (0)

int main(void) {
  begin();
  int ends[2];
  char text[64];
  NEED(pipe(ends));
  INTERRUPT(0, -1, read(ends[0], text, sizeof(text)));
  INTERRUPT(SA_RESTART, ends[1], read(ends[0], text, 1));
  NEED(fcntl(ends[0], F_SETFL, O_NONBLOCK));
  while (read(ends[0], text, sizeof(text)) > 0) {
  }
  NEED(fcntl(ends[0], F_SETFL, 0));

  struct pollfd one = {ends[0], POLLIN, 0};
  INTERRUPT(0, -1, poll(&one, 1, -1));
  INTERRUPT(SA_RESTART, -1, poll(&one, 1, -1));
  fd_set set;
  FD_ZERO(&set);
  FD_SET(ends[0], &set);
  INTERRUPT(SA_RESTART, -1, select(ends[0] + 1, &set, NULL, NULL, NULL));
  const int epoll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {.u64 = 1}};
  NEED(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
  INTERRUPT(SA_RESTART, -1, epoll_wait(epoll, &event, 1, -1));

  /* ppoll with a mask that lets the alarm through, while it is blocked outside. */
  sigset_t blocked;
  sigset_t none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGALRM);
  NEED(sigprocmask(SIG_BLOCK, &blocked, NULL));
  INTERRUPT(0, -1, ppoll(&one, 1, NULL, &none));
  sigprocmask(SIG_SETMASK, NULL, &none);
  printf("blocked again: %d\n", sigismember(&none, SIGALRM));
  NEED(sigprocmask(SIG_UNBLOCK, &blocked, NULL));

  /* A writer of a full pipe: nothing written is EINTR, something is a partial result. */
  static char block[65536];
  NEED(fcntl(ends[1], F_SETFL, O_NONBLOCK));
  while (write(ends[1], block, sizeof(block)) > 0) {
  }
  NEED(fcntl(ends[1], F_SETFL, 0));
  INTERRUPT(0, -1, write(ends[1], block, sizeof(block)));
  NEED(read(ends[0], block, 4096));
  INTERRUPT(0, -1, write(ends[1], block, sizeof(block)));

  NEED(mkfifo("fifo", 0644));
  INTERRUPT(0, -1, open("fifo", O_RDONLY));
  INTERRUPT(0, -1, open("fifo", O_WRONLY));

  put_file("file", "x");
  const int first = open("file", O_RDWR);
  const int second = open("file", O_RDWR);
  NEED(flock(first, LOCK_EX));
  INTERRUPT(0, -1, flock(second, LOCK_EX));
  NEED(unlink("file"));
  NEED(unlink("fifo"));
  for (int fd = 3; fd < 10; ++fd)
    close(fd);
  return end();
}
