/* Unix datagram sockets: names of senders, associations, limits. */
#include "transcript.h"

static int bound(const char* path) {
  const int fd = NEED(socket(AF_UNIX, SOCK_DGRAM, 0));
  const struct sockaddr_un address = path_address(path);
  NEED(bind(fd, (const struct sockaddr*)&address, sizeof(address)));
  return fd;
}

static void receive(int fd) {
  char text[16];
  struct sockaddr_un from;
  socklen_t size = sizeof(from);
  memset(&from, 0, sizeof(from));
  const ssize_t count =
      recvfrom(fd, text, sizeof(text), MSG_DONTWAIT, (struct sockaddr*)&from, &size);
  if (count < 0) {
    printf("received %s\n", strerrorname_np(errno));
    return;
  }
  printf("received %zd '%.*s'\n", count, (int)count, text);
  show_unix(" from", &from, size);
}

int main(void) {
  begin();
  const int a = bound("a");
  const int b = bound("b");
  const int unnamed = NEED(socket(AF_UNIX, SOCK_DGRAM, 0));
  const struct sockaddr_un to_a = path_address("a");
  const struct sockaddr_un to_b = path_address("b");
  const socklen_t size = sizeof(to_a);
  SHOW(sendto(b, "one", 3, 0, (struct sockaddr*)&to_a, size));
  SHOW(sendto(unnamed, "two", 3, 0, (struct sockaddr*)&to_a, size));
  SHOW(sendto(b, "", 0, 0, (struct sockaddr*)&to_a, size));
  receive(a);
  receive(a);
  receive(a);
  receive(a);
  SHOW(send(unnamed, "x", 1, 0));
  SHOW(connect(unnamed, (struct sockaddr*)&to_b, size));
  show_names(unnamed);
  SHOW(send(unnamed, "three", 5, 0));
  SHOW(write(unnamed, "four", 4));
  receive(b);
  receive(b);
  SHOW(connect(a, (struct sockaddr*)&to_b, size));
  SHOW(sendto(unnamed, "x", 1, 0, (struct sockaddr*)&to_a, size));
  const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  SHOW(connect(unnamed, &nobody, sizeof(nobody)));
  SHOW(send(unnamed, "x", 1, 0));
  // The sender's buffer sizes and the room of the address.
  SHOW(sendto(b, "long text", 9, 0, (struct sockaddr*)&to_a, size));
  SHOW(connect(a, &nobody, sizeof(nobody)));
  SHOW(sendto(b, "long text", 9, 0, (struct sockaddr*)&to_a, size));
  char text[4];
  struct sockaddr_un from;
  memset(&from, 'x', sizeof(from));
  socklen_t room = 3;
  SHOW(recvfrom(a, text, sizeof(text), MSG_TRUNC | MSG_DONTWAIT, (struct sockaddr*)&from, &room));
  printf("room %u, %c %c\n", (unsigned)room, from.sun_path[0], from.sun_path[1]);
  SHOW(recvfrom(a, text, 1, MSG_DONTWAIT, NULL, NULL));
  close(b);
  SHOW(sendto(a, "x", 1, 0, (struct sockaddr*)&to_b, size));
  SHOW(unlink("b"));
  SHOW(sendto(a, "x", 1, 0, (struct sockaddr*)&to_b, size));
  SHOW(sendto(a, "x", 1, 0, (struct sockaddr*)&to_b, 2));
  SHOW(sendto(a, "x", 1, 0, (struct sockaddr*)bad_pointer, size));
  SHOW(sendto(a, bad_pointer, 1, 0, (struct sockaddr*)&to_a, size));
  SHOW(listen(a, 1));
  SHOW(accept(a, NULL, NULL));
  const int stream = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(connect(stream, (struct sockaddr*)&to_a, size));
  SHOW(sendto(stream, "x", 1, MSG_NOSIGNAL, (struct sockaddr*)&to_a, size));
  int pair[2];
  NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  SHOW(sendto(pair[0], "x", 1, MSG_NOSIGNAL, (struct sockaddr*)&to_a, size));
  NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  SHOW(send(pair[0], "five", 4, 0));
  receive(pair[1]);
  close(pair[1]);
  SHOW(send(pair[0], "x", 1, 0));
  SHOW(unlink("a"));
  return 0;
}
