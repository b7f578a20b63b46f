/* What the socket tests share: one line of output for each call, the same on every run. */
#ifndef TESTS_GUEST_NET_TRANSCRIPT_H
#define TESTS_GUEST_NET_TRANSCRIPT_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

/* Prints `text = value`, or the name of the error. */
static inline long show(const char* text, long value) {
  if (value == -1) {
    printf("%s = %s\n", text, strerrorname_np(errno));
  } else {
    printf("%s = %ld\n", text, value);
  }
  return value;
}
#define SHOW(call) show(#call, (long)(call))

/* A set-up step that must work. */
static inline long need(const char* text, long value) {
  if (value != -1) return value;
  printf("cannot go on: %s: %s\n", text, strerror(errno));
  fflush(stdout);
  _exit(2);
}
#define NEED(call) need(#call, (long)(call))

/* Points into a page that is never mapped; volatile, so that compilers have no opinion on it. */
static char* volatile bad_pointer __attribute__((unused)) = (char*)16;

static inline void begin(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int fd = 3; fd < 64; ++fd)
    close(fd);
  umask(022);
}

static inline struct sockaddr_un path_address(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof(address.sun_path));
  return address;
}

/* An abstract name; the result is its length. */
static inline socklen_t abstract_address(struct sockaddr_un* address, const char* name) {
  memset(address, 0, sizeof(*address));
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path + 1, name, strlen(name));
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static inline struct sockaddr_in loopback(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static inline uint16_t port_of(int fd) {
  struct sockaddr_in address;
  socklen_t size = sizeof(address);
  NEED(getsockname(fd, (struct sockaddr*)&address, &size));
  return ntohs(address.sin_port);
}

/* Prints a Unix address. */
static inline void show_unix(const char* text, const struct sockaddr_un* address, socklen_t size) {
  const size_t head = offsetof(struct sockaddr_un, sun_path);
  printf("%s: size %u", text, (unsigned)size);
  if (size > head) {
    printf(" '");
    for (size_t i = 0; i < size - head; ++i)
      printf(address->sun_path[i] == 0 ? "\\0" : "%c", address->sun_path[i]);
    printf("'");
  }
  printf("\n");
}

static inline void show_names(int fd) {
  struct sockaddr_un address;
  socklen_t size = sizeof(address);
  if (SHOW(getsockname(fd, (struct sockaddr*)&address, &size)) == 0)
    show_unix(" own", &address, size);
  size = sizeof(address);
  if (SHOW(getpeername(fd, (struct sockaddr*)&address, &size)) == 0)
    show_unix(" peer", &address, size);
}

#endif
