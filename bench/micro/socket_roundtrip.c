// socket.roundtrip: one byte to another process and back over TCP on the loopback interface, by
// send and recv; with the argument "epoll" each side waits with epoll_wait before it receives.
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "../timing.h"

static int connection;
static int set = -1;

static void receive(void) {
  char byte;
  struct epoll_event event;
  if (set >= 0) MUST(epoll_wait(set, &event, 1, -1) == 1);
  MUST(recv(connection, &byte, 1, 0) == 1);
}

static void round_trip(void) {
  MUST(send(connection, "x", 1, 0) == 1);
  receive();
}

static void begin(int fd, int uses_epoll) {
  const int on = 1;
  connection = fd;
  MUST(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
  if (!uses_epoll) return;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  set = epoll_create1(0);
  MUST(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void echo(const struct sockaddr_in* address, int uses_epoll, int count) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  MUST(connect(fd, (const struct sockaddr*)address, sizeof(*address)) == 0);
  begin(fd, uses_epoll);
  for (int i = 0; i < count; ++i) {
    receive();
    MUST(send(connection, "y", 1, 0) == 1);
  }
  _exit(0);
}

int main(int argc, char** argv) {
  enum { kCount = 2000 };
  const int rounds = argc > 1 ? atoi(argv[1]) : 5;
  const int uses_epoll = argc > 2 && strcmp(argv[2], "epoll") == 0;
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  MUST(bind(server, (struct sockaddr*)&address, size) == 0 && listen(server, 1) == 0);
  MUST(getsockname(server, (struct sockaddr*)&address, &size) == 0);
  const pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) echo(&address, uses_epoll, (rounds + 1) * kCount);
  const int fd = accept(server, NULL, NULL);
  MUST(fd >= 0);
  begin(fd, uses_epoll);
  run_operation(round_trip, rounds, kCount);
  MUST(waitpid(child, NULL, 0) == child);
  return 0;
}
