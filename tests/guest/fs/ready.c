/* poll, ppoll, select, pselect, epoll, eventfd. */
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>

#include "transcript.h"

static void poll_all(struct pollfd* fds, nfds_t count, int timeout) {
  printf("poll = %d:", poll(fds, count, timeout));
  for (nfds_t i = 0; i < count; ++i)
    printf(" %#x", fds[i].revents);
  printf("\n");
}

static void select_both(int reader, int writer, int count) {
  fd_set in;
  fd_set out;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(reader, &in);
  FD_SET(writer, &out);
  struct timeval timeout = {0, 1000};
  const int ready = select(count, &in, &out, NULL, &timeout);
  printf("select = %d: %d %d\n", ready, FD_ISSET(reader, &in) != 0, FD_ISSET(writer, &out) != 0);
}

int main(void) {
  begin();
  int ends[2];
  char byte = 'x';
  NEED(pipe(ends));
  put_file("file", "x");
  SHOW(open("file", O_RDONLY));
  struct pollfd fds[6] = {{3, POLLIN, 0},  {4, POLLOUT, 0}, {5, POLLIN | POLLOUT, 0},
                          {-1, POLLIN, 7}, {4, 0, 0},       {40, POLLIN, 0}};
  poll_all(fds, 5, 0);
  poll_all(fds, 6, -1);
  NEED(write(4, &byte, 1));
  poll_all(fds, 1, -1);
  poll_all(fds, 0, 1);
  select_both(3, 4, 5);
  NEED(read(3, &byte, 1));
  select_both(3, 4, 5);
  select_both(3, 4, 4);
  SHOW(poll(fds, 1, 1));
  SHOW(poll((struct pollfd*)bad_pointer, 1, 0));
  volatile nfds_t too_many = 1U << 31;
  SHOW(poll(fds, too_many, 0));
  const struct timespec wrong = {0, 1000000000};
  const struct timespec brief = {0, 1000};
  SHOW(ppoll(fds, 1, &wrong, NULL));
  SHOW(ppoll(fds, 1, &brief, NULL));
  sigset_t mask;
  sigfillset(&mask);
  SHOW(ppoll(fds, 1, &brief, &mask));
  sigprocmask(SIG_SETMASK, NULL, &mask);
  printf("mask restored: %d\n", !sigismember(&mask, SIGUSR1));
  fd_set set;
  FD_ZERO(&set);
  FD_SET(40, &set);
  SHOW(select(41, &set, NULL, NULL, &(struct timeval){0, 0}));
  SHOW(select(-1, NULL, NULL, NULL, &(struct timeval){0, 0}));
  SHOW(select(0, NULL, NULL, NULL, &(struct timeval){0, 100}));
  SHOW(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}));
  SHOW(pselect(0, NULL, NULL, NULL, &brief, NULL));
  SHOW(pselect(0, NULL, NULL, NULL, &wrong, NULL));
  NEED(close(4));
  poll_all(fds, 2, -1);
  NEED(close(3));
  NEED(close(5));

  SHOW(epoll_create1(EPOLL_CLOEXEC));
  SHOW(fcntl(3, F_GETFD));
  SHOW(eventfd(5, EFD_NONBLOCK));
  SHOW(open("file", O_RDONLY));
  struct epoll_event event = {EPOLLIN, {.u64 = 0xfedcba9876543210}};
  struct epoll_event events[4];
  SHOW(epoll_ctl(3, EPOLL_CTL_ADD, 4, &event));
  SHOW(epoll_ctl(3, EPOLL_CTL_ADD, 4, &event));
  SHOW(epoll_ctl(3, EPOLL_CTL_ADD, 5, &event));
  SHOW(epoll_ctl(3, EPOLL_CTL_ADD, 3, &event));
  SHOW(epoll_ctl(3, EPOLL_CTL_ADD, 40, &event));
  SHOW(epoll_ctl(4, EPOLL_CTL_ADD, 3, &event));
  SHOW(epoll_ctl(3, 9, 4, &event));
  SHOW(epoll_wait(3, events, 4, -1));
  printf("events %#x data %#llx\n", events[0].events, (unsigned long long)events[0].data.u64);
  uint64_t value = 0;
  SHOW(read(4, &value, 8));
  printf("value %llu\n", (unsigned long long)value);
  SHOW(read(4, &value, 8));
  SHOW(read(4, &value, 7));
  SHOW(epoll_wait(3, events, 4, 1));
  event.events = EPOLLOUT | EPOLLONESHOT;
  SHOW(epoll_ctl(3, EPOLL_CTL_MOD, 4, &event));
  SHOW(epoll_wait(3, events, 4, -1));
  SHOW(epoll_wait(3, events, 4, 0));
  SHOW(epoll_wait(3, events, 0, 0));
  SHOW(epoll_wait(3, (void*)bad_pointer, 4, 0));
  SHOW(epoll_wait(4, events, 4, 0));
  SHOW(epoll_ctl(3, EPOLL_CTL_DEL, 4, NULL));
  SHOW(epoll_ctl(3, EPOLL_CTL_DEL, 4, NULL));
  SHOW(epoll_ctl(3, EPOLL_CTL_ADD, 4, (void*)bad_pointer));
  SHOW(epoll_create1(1));
  SHOW(eventfd(0, 1));
  for (int fd = 3; fd < 6; ++fd)
    close(fd);
  NEED(unlink("file"));
  return end();
}
