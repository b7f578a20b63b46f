// net: --net host
/* TCP and UDP on the loopback interface. */
#include "transcript.h"

static int listener(void) {
  const int fd = NEED(socket(AF_INET, SOCK_STREAM, 0));
  const struct sockaddr_in address = loopback(0);
  NEED(bind(fd, (const struct sockaddr*)&address, sizeof(address)));
  SHOW(listen(fd, 8));
  return fd;
}

static void stream(void) {
  const int server = listener();
  const struct sockaddr_in address = loopback(port_of(server));
  const int client = NEED(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP));
  const int result = connect(client, (const struct sockaddr*)&address, sizeof(address));
  printf("connect: %d\n", result == 0 || errno == EINPROGRESS);
  struct pollfd writable = {client, POLLOUT, 0};
  SHOW(poll(&writable, 1, 5000));
  int error = 7;
  socklen_t size = sizeof(error);
  SHOW(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size));
  printf("error %d\n", error);
  struct sockaddr_in peer;
  size = sizeof(peer);
  const int connection = NEED(accept4(server, (struct sockaddr*)&peer, &size, SOCK_CLOEXEC));
  printf("accepted: size %u, family %d, same port %d, flags %d\n", (unsigned)size, peer.sin_family,
         ntohs(peer.sin_port) == port_of(client), fcntl(connection, F_GETFD));
  size = sizeof(peer);
  SHOW(getpeername(client, (struct sockaddr*)&peer, &size));
  printf("server's port %d\n", peer.sin_port == address.sin_port);
  char text[32];
  SHOW(recv(client, text, sizeof(text), 0));
  NEED(fcntl(client, F_SETFL, 0));
  SHOW(send(connection, "hello", 5, MSG_MORE));
  SHOW(send(connection, " you", 4, 0));
  SHOW(recv(client, text, 9, MSG_WAITALL));
  // A byte out of band.
  SHOW(send(connection, "ab", 2, 0));
  SHOW(send(connection, "X", 1, MSG_OOB));
  SHOW(send(connection, "cd", 2, 0));
  struct pollfd urgent = {client, POLLPRI, 0};
  SHOW(poll(&urgent, 1, 5000));
  printf("revents %#x\n", urgent.revents);
  SHOW(recv(client, text, sizeof(text), MSG_OOB));
  printf("'%c'\n", text[0]);
  SHOW(recv(client, text, sizeof(text), 0));
  SHOW(sockatmark(client));
  SHOW(recv(client, text, sizeof(text), 0));
  SHOW(recv(client, text, sizeof(text), MSG_OOB));
  // sendfile into a socket.
  const int file = NEED(open("file", O_RDWR | O_CREAT, 0644));
  NEED(write(file, "0123456789", 10));
  (void)unlink("file");
  SHOW(lseek(file, 2, SEEK_SET));
  extern ssize_t sendfile(int, int, off_t*, size_t);
  SHOW(sendfile(connection, file, NULL, 6));
  SHOW(recv(client, text, 6, MSG_WAITALL));
  printf("'%.6s'\n", text);
  SHOW(shutdown(client, SHUT_WR));
  SHOW(read(connection, text, 1));
  struct linger linger = {1, 0};
  SHOW(setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
  close(client);
  SHOW(send(connection, "x", 1, MSG_NOSIGNAL));
  SHOW(read(connection, text, 1));
  SHOW(send(connection, "x", 1, MSG_NOSIGNAL));
  close(connection);
  close(server);
  const int refused = NEED(socket(AF_INET, SOCK_STREAM, 0));
  SHOW(connect(refused, (const struct sockaddr*)&address, sizeof(address)));
  SHOW(connect(refused, (const struct sockaddr*)&address, 8));
  SHOW(connect(refused, (const struct sockaddr*)bad_pointer, sizeof(address)));
  SHOW(send(refused, "x", 1, MSG_NOSIGNAL));
  close(refused);
}

static void on_pipe(int number) {
  printf("signal %d\n", number);
}

static void broken(void) {
  signal(SIGPIPE, on_pipe);
  int ends[2];
  NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  close(ends[1]);
  SHOW(write(ends[0], "x", 1));
  SHOW(send(ends[0], "x", 1, 0));
  SHOW(send(ends[0], "x", 1, MSG_NOSIGNAL));
  NEED(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
  close(ends[1]);
  SHOW(write(ends[0], "x", 1));
}

static void datagrams(void) {
  const int a = NEED(socket(AF_INET, SOCK_DGRAM, 0));
  const int b = NEED(socket(AF_INET, SOCK_DGRAM, 0));
  struct sockaddr_in address = loopback(0);
  NEED(bind(a, (struct sockaddr*)&address, sizeof(address)));
  address = loopback(port_of(a));
  SHOW(sendto(b, "one", 3, 0, (struct sockaddr*)&address, sizeof(address)));
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  char text[16];
  SHOW(recvfrom(a, text, 2, MSG_TRUNC, (struct sockaddr*)&from, &size));
  printf("from: size %u, sender's port %d\n", (unsigned)size, ntohs(from.sin_port) == port_of(b));
  SHOW(connect(b, (struct sockaddr*)&address, sizeof(address)));
  SHOW(send(b, "", 0, 0));
  SHOW(recv(a, text, 1, 0));
  SHOW(recv(a, text, 1, MSG_DONTWAIT));
  SHOW(listen(a, 1));
  close(a);
  SHOW(send(b, "x", 1, 0));
  SHOW(recv(b, text, 1, 0));
  const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  SHOW(connect(b, &nobody, sizeof(nobody)));
  SHOW(send(b, "x", 1, 0));
  close(b);
}

static void newer_protocol(void) {
  const int server = NEED(socket(AF_INET6, SOCK_STREAM, 0));
  int only = 1;
  SHOW(setsockopt(server, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)));
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  if (bind(server, (struct sockaddr*)&address, sizeof(address)) != 0) {
    close(server);
    return;  // a host without IPv6 says so in both runs
  }
  SHOW(listen(server, 1));
  socklen_t size = sizeof(address);
  SHOW(getsockname(server, (struct sockaddr*)&address, &size));
  const int client = NEED(socket(AF_INET6, SOCK_STREAM, 0));
  SHOW(connect(client, (struct sockaddr*)&address, sizeof(address)));
  printf("size %u, loopback %d\n", (unsigned)size, IN6_IS_ADDR_LOOPBACK(&address.sin6_addr));
  close(client);
  close(server);
}

static void families(void) {
  SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
  SHOW(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
  SHOW(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  SHOW(socket(AF_INET, SOCK_SEQPACKET, 0));
  SHOW(socket(AF_INET, 99, 0));
}

int main(void) {
  begin();
  stream();
  broken();
  datagrams();
  newer_protocol();
  families();
  return 0;
}
