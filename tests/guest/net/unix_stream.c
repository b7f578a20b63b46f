/* Unix stream sockets: pairs, path names, abstract names, errors. */
#include "transcript.h"

static void pairs(void) {
  int ends[2];
  char text[8];
  NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  SHOW(write(ends[0], "hello", 5));
  SHOW(read(ends[1], text, sizeof(text)));
  show_names(ends[0]);
  SHOW(shutdown(ends[0], SHUT_WR));
  SHOW(read(ends[1], text, sizeof(text)));
  SHOW(send(ends[1], "x", 1, 0));
  SHOW(recv(ends[0], text, 1, MSG_PEEK));
  SHOW(recv(ends[0], text, 1, 0));
  SHOW(recv(ends[0], text, 1, MSG_DONTWAIT));
  SHOW(shutdown(ends[0], 7));
  close(ends[1]);
  SHOW(send(ends[0], "x", 1, MSG_NOSIGNAL));
  close(ends[0]);
  SHOW(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
  SHOW(fcntl(ends[0], F_GETFD));
  SHOW((fcntl(ends[1], F_GETFL) & O_NONBLOCK) != 0);
  SHOW(read(ends[0], text, 1));
  close(ends[0]);
  close(ends[1]);
  SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
  SHOW(write(ends[0], "one", 3));
  SHOW(write(ends[0], "three", 5));
  SHOW(read(ends[1], text, sizeof(text)));
  SHOW(recv(ends[1], text, 2, MSG_TRUNC));
  close(ends[0]);
  SHOW(read(ends[1], text, sizeof(text)));
  close(ends[1]);
  SHOW(socketpair(AF_UNIX, 77, 0, ends));
  SHOW(socketpair(AF_UNIX, SOCK_STREAM, 17, ends));
  SHOW(socketpair(AF_INET, SOCK_STREAM, 0, ends));
  SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, (int*)bad_pointer));
}

static int listener(const struct sockaddr_un* address, socklen_t size) {
  const int fd = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(bind(fd, (const struct sockaddr*)address, size));
  SHOW(listen(fd, 5));
  return fd;
}

static void talk(int server, const struct sockaddr_un* address, socklen_t size) {
  const int client = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(connect(client, (const struct sockaddr*)address, size));
  struct sockaddr_un peer;
  socklen_t peer_size = sizeof(peer);
  const int connection = accept(server, (struct sockaddr*)&peer, &peer_size);
  show_unix("accepted from", &peer, peer_size);
  show_names(connection);
  show_names(client);
  char text[8];
  SHOW(write(client, "hello", 5));
  SHOW(read(connection, text, sizeof(text)));
  SHOW(connect(client, (const struct sockaddr*)address, size));
  close(server);
  show_names(connection);
  show_names(client);
  close(client);
  close(connection);
}

static void paths(void) {
  struct sockaddr_un address = path_address("place");
  const socklen_t size = sizeof(address);
  int server = listener(&address, size);
  struct stat status;
  NEED(stat("place", &status));
  printf("mode %o\n", status.st_mode);
  const int other = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(bind(other, (struct sockaddr*)&address, size));
  talk(server, &address, size);
  SHOW(connect(other, (struct sockaddr*)&address, size));
  SHOW(unlink("place"));
  SHOW(connect(other, (struct sockaddr*)&address, size));

  NEED(mkdir("deep", 0755));
  char path[200];
  NEED(getcwd(path, sizeof(path)) == NULL ? -1 : 0);
  strcat(path, "/deep/./socket");
  address = path_address("deep/../deep/socket");
  server = listener(&address, size);
  NEED(symlink("deep/socket", "link"));
  struct sockaddr_un link = path_address("link");
  talk(server, &link, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 4));
  SHOW(bind(other, (struct sockaddr*)&link, size));
  NEED(unlink("deep/socket"));
  SHOW(bind(other, (struct sockaddr*)&link, size));
  NEED(unlink("link"));
  address = path_address("nowhere/socket");
  SHOW(bind(other, (struct sockaddr*)&address, size));
  SHOW(connect(other, (struct sockaddr*)&address, size));
  address = path_address("deep/");
  SHOW(bind(other, (struct sockaddr*)&address, size));
  SHOW(connect(other, (struct sockaddr*)&address, size));
  NEED(close(open("file", O_WRONLY | O_CREAT, 0644)));
  address = path_address("file");
  SHOW(bind(other, (struct sockaddr*)&address, size));
  SHOW(connect(other, (struct sockaddr*)&address, size));
  address = path_address("file/x");
  SHOW(bind(other, (struct sockaddr*)&address, size));
  NEED(unlink("file"));
  umask(077);
  address = path_address("private");
  SHOW(bind(other, (struct sockaddr*)&address, size));
  NEED(stat("private", &status));
  printf("mode %o\n", status.st_mode);
  SHOW(bind(other, (struct sockaddr*)&address, size));
  NEED(unlink("private"));
  close(other);
  NEED(rmdir("deep"));
}

static void abstract_names(void) {
  struct sockaddr_un address;
  socklen_t size = abstract_address(&address, "lind-test-name");
  int server = listener(&address, size);
  const int other = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(bind(other, (struct sockaddr*)&address, size));
  SHOW(connect(other, (struct sockaddr*)&address, size + 1));
  talk(server, &address, size);
  size = abstract_address(&address, "lind-test-padded");
  server = listener(&address, sizeof(address));
  SHOW(connect(other, (struct sockaddr*)&address, size));
  talk(server, &address, sizeof(address));
  // A name that the kernel chooses: five digits.
  SHOW(bind(other, (struct sockaddr*)&address, 2));
  socklen_t own = sizeof(address);
  NEED(getsockname(other, (struct sockaddr*)&address, &own));
  printf("chosen: size %u, %d\n", (unsigned)own, address.sun_path[0]);
  close(other);
}

static void errors(void) {
  const int fd = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  struct sockaddr_un address = path_address("nobody");
  const socklen_t size = sizeof(address);
  SHOW(connect(fd, (struct sockaddr*)&address, 1));
  SHOW(connect(fd, (struct sockaddr*)&address, 2));
  SHOW(connect(fd, (struct sockaddr*)&address, 111));
  SHOW(connect(fd, (struct sockaddr*)&address, 200));
  volatile socklen_t negative = (socklen_t)-1;
  SHOW(connect(fd, (struct sockaddr*)&address, negative));
  SHOW(bind(fd, (struct sockaddr*)&address, negative));
  SHOW(bind(fd, (struct sockaddr*)bad_pointer, size));
  SHOW(connect(fd, (struct sockaddr*)bad_pointer, size));
  address.sun_family = AF_INET;
  SHOW(connect(fd, (struct sockaddr*)&address, size));
  SHOW(bind(fd, (struct sockaddr*)&address, size));
  SHOW(listen(fd, 1));
  SHOW(accept(fd, NULL, NULL));
  SHOW(send(fd, "x", 1, MSG_NOSIGNAL));
  SHOW(recv(fd, &address, 1, 0));
  SHOW(accept4(fd, NULL, NULL, 1));
  close(fd);
  SHOW(listen(fd, 1));
  SHOW(listen(0, 1));
  SHOW(send(1, "x", 1, 0));
  SHOW(socket(AF_UNIX, 77, 0));
  SHOW(socket(AF_UNIX, SOCK_STREAM | 0x4000, 0));
  SHOW(socket(AF_UNIX, SOCK_STREAM, 99));
  SHOW(socket(1000, SOCK_STREAM, 0));
}

int main(void) {
  begin();
  const int devnull = NEED(open("/dev/null", O_RDWR));
  NEED(dup2(devnull, 0));
  close(devnull);
  pairs();
  paths();
  abstract_names();
  errors();
  return 0;
}
