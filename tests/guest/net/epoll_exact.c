/* epoll: data comes back whole, one entry per file and number, ET, ONESHOT, EXCLUSIVE, nesting. */
#include <inttypes.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "transcript.h"

static int set;

static long control(int operation, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return epoll_ctl(set, operation, fd, &event);
}

static void wait_for_events(const char* text, int which) {
  struct epoll_event events[8];
  memset(events, 0, sizeof(events));
  const int count = epoll_wait(which, events, 8, 0);
  printf("%s: %d", text, count);
  // In the order of the data: the kernel's depends on when each became ready.
  for (int i = 0; i < count; ++i) {
    for (int j = i + 1; j < count; ++j) {
      if (events[j].data.u64 < events[i].data.u64) {
        const struct epoll_event swap = events[i];
        events[i] = events[j];
        events[j] = swap;
      }
    }
    printf(" [%#x %#" PRIx64 "]", events[i].events, events[i].data.u64);
  }
  printf("\n");
}

int main(void) {
  begin();
  set = NEED(epoll_create1(EPOLL_CLOEXEC));
  SHOW(fcntl(set, F_GETFD));
  int ends[2];
  char byte = 'x';
  NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  SHOW(control(EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLOUT, 0xfedcba9876543210));
  wait_for_events("writable", set);
  SHOW(control(EPOLL_CTL_ADD, ends[0], EPOLLIN, 1));
  SHOW(control(EPOLL_CTL_MOD, ends[0], EPOLLIN, UINT64_MAX));
  wait_for_events("nothing", set);
  NEED(write(ends[1], "ab", 2));
  wait_for_events("level", set);
  wait_for_events("level again", set);

  // The same file under a second number is a second entry.
  const int copy = NEED(dup(ends[0]));
  SHOW(control(EPOLL_CTL_ADD, copy, EPOLLIN | EPOLLET, 2));
  wait_for_events("two entries", set);
  wait_for_events("one of them is edge-triggered", set);
  NEED(write(ends[1], "c", 1));
  wait_for_events("both again", set);
  SHOW(control(EPOLL_CTL_DEL, ends[0], 0, 0));
  SHOW(control(EPOLL_CTL_DEL, ends[0], 0, 0));
  NEED(write(ends[1], "d", 1));
  wait_for_events("the copy alone", set);
  // An entry whose number is closed lives as long as the file.
  close(copy);
  SHOW(control(EPOLL_CTL_DEL, copy, 0, 0));
  NEED(write(ends[1], "e", 1));
  wait_for_events("a closed number", set);
  const int other = NEED(dup(ends[0]));
  SHOW(other == copy);
  SHOW(control(EPOLL_CTL_ADD, other, EPOLLIN, 3));
  SHOW(control(EPOLL_CTL_MOD, other, EPOLLIN | EPOLLONESHOT, 4));
  wait_for_events("once", set);
  wait_for_events("not twice", set);
  SHOW(control(EPOLL_CTL_MOD, other, EPOLLIN | EPOLLONESHOT, 5));
  wait_for_events("armed again", set);
  close(other);
  close(ends[0]);
  wait_for_events("all closed", set);
  close(ends[1]);

  // A number that is used again for another file.
  const int event = NEED(eventfd(1, EFD_NONBLOCK));
  SHOW(control(EPOLL_CTL_ADD, event, EPOLLIN | EPOLLEXCLUSIVE, 6));
  SHOW(control(EPOLL_CTL_MOD, event, EPOLLIN, 6));
  SHOW(control(EPOLL_CTL_ADD, set, EPOLLIN, 7));
  wait_for_events("exclusive", set);
  const int outer = NEED(epoll_create(1));
  struct epoll_event nested = {.events = EPOLLIN | EPOLLET, .data.u64 = 8};
  SHOW(epoll_ctl(outer, EPOLL_CTL_ADD, set, &nested));
  wait_for_events("nested", outer);
  wait_for_events("nested edge", outer);
  const int inner = set;
  set = inner;
  SHOW(control(EPOLL_CTL_ADD, outer, EPOLLIN, 9));
  struct pollfd both = {outer, POLLIN, 0};
  uint64_t value = 1;
  NEED(write(event, &value, sizeof(value)));
  SHOW(poll(&both, 1, 0));

  // Across fork an entry is the same file's.
  fflush(stdout);
  int pipe_ends[2];
  NEED(pipe(pipe_ends));
  SHOW(control(EPOLL_CTL_ADD, pipe_ends[0], EPOLLIN, 10));
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    NEED(write(pipe_ends[1], &byte, 1));
    _exit(0);
  }
  NEED(waitpid(child, NULL, 0));
  wait_for_events("written by the child", inner);

  // Errors.
  const int file = NEED(open("file", O_RDWR | O_CREAT, 0644));
  SHOW(control(EPOLL_CTL_ADD, file, EPOLLIN, 0));
  SHOW(control(EPOLL_CTL_ADD, 55, EPOLLIN, 0));
  SHOW(control(9, pipe_ends[0], EPOLLIN, 0));
  SHOW(epoll_ctl(event, EPOLL_CTL_ADD, pipe_ends[0], &nested));
  SHOW(epoll_ctl(55, EPOLL_CTL_ADD, pipe_ends[0], &nested));
  SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, pipe_ends[1], (struct epoll_event*)bad_pointer));
  SHOW(epoll_wait(inner, (struct epoll_event*)bad_pointer, 1, 0));
  struct epoll_event one;
  SHOW(epoll_wait(inner, &one, 0, 0));
  SHOW(epoll_wait(event, &one, 1, 0));
  SHOW(epoll_wait(55, &one, 1, 0));
  SHOW(unlink("file"));
  return 0;
}
