/* Signals and time limits of calls that wait on sockets. */
#include <pthread.h>

#include "transcript.h"

static volatile sig_atomic_t count;
static int wake_fd = -1;

static void on_alarm(int number) {
  (void)number;
  ++count;
  if (wake_fd >= 0 && count == 2) (void)!write(wake_fd, "w", 1);
}

static void rearm(int restart, long microseconds) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = restart ? SA_RESTART : 0};
  NEED(sigaction(SIGALRM, &action, NULL));
  const struct itimerval timer = {{0, microseconds}, {0, microseconds}};
  count = 0;
  NEED(setitimer(ITIMER_REAL, &timer, NULL));
}

static void disarm(void) {
  const struct itimerval timer = {{0, 0}, {0, 0}};
  NEED(setitimer(ITIMER_REAL, &timer, NULL));
}

static void limit(int fd, int option, long seconds, long microseconds) {
  const struct timeval time = {seconds, microseconds};
  NEED(setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time)));
}

int main(void) {
  begin();
  int ends[2];
  char text[8];
  NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));

  rearm(0, 30000);
  SHOW(recv(ends[0], text, 1, 0));
  rearm(0, 30000);
  SHOW(read(ends[0], text, 1));
  // Made again until the second signal sends a byte.
  wake_fd = ends[1];
  rearm(1, 30000);
  SHOW(recv(ends[0], text, 1, 0));
  rearm(1, 30000);
  SHOW(read(ends[0], text, 1));
  struct iovec part = {text, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  rearm(1, 30000);
  SHOW(recvmsg(ends[0], &message, 0));
  wake_fd = -1;
  // With a limit the call is not made again.
  limit(ends[0], SO_RCVTIMEO, 20, 0);
  rearm(1, 30000);
  SHOW(recv(ends[0], text, 1, 0));
  rearm(1, 30000);
  SHOW(read(ends[0], text, 1));
  disarm();
  limit(ends[0], SO_RCVTIMEO, 0, 20000);
  SHOW(recv(ends[0], text, 1, 0));
  SHOW(read(ends[0], text, 1));
  limit(ends[0], SO_RCVTIMEO, 0, 0);

  // A full socket.
  static char block[65536];
  while (send(ends[0], block, sizeof(block), MSG_DONTWAIT) > 0) {
  }
  SHOW(errno == EAGAIN);
  rearm(0, 30000);
  SHOW(send(ends[0], block, 1, 0));
  limit(ends[0], SO_SNDTIMEO, 20, 0);
  rearm(1, 30000);
  SHOW(write(ends[0], block, 1));
  disarm();
  limit(ends[0], SO_SNDTIMEO, 0, 20000);
  SHOW(send(ends[0], block, 1, 0));

  // accept waits and is made again.
  const int server = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  struct sockaddr_un address;
  const socklen_t size = abstract_address(&address, "lind-test-interrupted");
  NEED(bind(server, (struct sockaddr*)&address, size));
  NEED(listen(server, 4));
  rearm(0, 30000);
  SHOW(accept(server, NULL, NULL));
  disarm();
  limit(server, SO_RCVTIMEO, 0, 20000);
  SHOW(accept(server, NULL, NULL));
  return 0;
}
