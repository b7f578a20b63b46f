// net: --allow-connect 127.0.0.1:* --allow-listen 0 --allow-listen 47123
// expect-cage: exit 0
// stdout: as the rules say\n
/* --allow-connect and --allow-listen: what they name and nothing else.  Linux has no such rule. */
#include <check.h>

#include "transcript.h"

static const struct sockaddr* generic(const void* address) {
  return address;
}

int main(void) {
  struct sockaddr_in address = loopback(0);
  const socklen_t size = sizeof(address);
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(server, generic(&address), size) == 0);
  CHECK(listen(server, 4) == 0);
  address = loopback(port_of(server));
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(client, generic(&address), size) == 0);

  // Another address, the same one in the other family, and one that only looks like it.
  struct sockaddr_in other = address;
  other.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  const int refused = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_FAILS(connect(refused, generic(&other), size), EACCES);
  struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = address.sin_port};
  CHECK(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
  const int newer = socket(AF_INET6, SOCK_STREAM, 0);
  CHECK(newer == -1 || connect(newer, generic(&mapped), sizeof(mapped)) == 0);
  CHECK(inet_pton(AF_INET6, "::1", &mapped.sin6_addr) == 1);
  const int newest = socket(AF_INET6, SOCK_STREAM, 0);
  CHECK_FAILS(connect(newest, generic(&mapped), sizeof(mapped)), EACCES);
  other.sin_addr.s_addr = htonl(INADDR_ANY);  // the loopback address
  CHECK(connect(refused, generic(&other), size) == 0);

  // Datagrams: no way around by the family of the address.
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  other.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  CHECK_FAILS(sendto(udp, "x", 1, 0, generic(&other), size), EACCES);
  other.sin_family = AF_UNSPEC;
  CHECK_FAILS(sendto(udp, "x", 1, 0, generic(&other), size), EACCES);
  other.sin_family = AF_INET;
  const int udp6 = socket(AF_INET6, SOCK_DGRAM, 0);
  CHECK_FAILS(sendto(udp6, "x", 1, 0, generic(&other), size), EACCES);
  CHECK_FAILS(sendto(udp, "x", 1, 0, generic(&other), 4), EINVAL);

  // A source route would lead elsewhere.
  union {
    char bytes[CMSG_SPACE(8)];
    struct cmsghdr align;
  } control = {.align = {.cmsg_level = IPPROTO_IP, .cmsg_type = IP_RETOPTS}};
  control.align.cmsg_len = CMSG_LEN(8);
  memcpy(CMSG_DATA(&control.align), "\x83\x07\x04\x7f\0\0\x03\0", 8);
  struct iovec part = {"x", 1};
  struct msghdr routed = {.msg_name = &address,
                          .msg_namelen = size,
                          .msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes)};
  CHECK_FAILS(sendmsg(udp, &routed, 0), EINVAL);

  // Who has written may be answered.
  const int speaker = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in own = loopback(0);
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 2);
  CHECK(bind(speaker, generic(&own), size) == 0);
  own.sin_port = htons(port_of(speaker));
  struct sockaddr_in listener = loopback(0);
  CHECK(bind(udp, generic(&listener), size) == 0);
  listener.sin_port = htons(port_of(udp));
  CHECK_FAILS(sendto(udp, "x", 1, 0, generic(&own), size), EACCES);
  CHECK(sendto(speaker, "x", 1, 0, generic(&listener), size) == 1);
  char text[4];
  struct sockaddr_in from;
  socklen_t from_size = sizeof(from);
  CHECK(recvfrom(udp, text, sizeof(text), 0, (struct sockaddr*)&from, &from_size) == 1);
  CHECK(sendto(udp, "y", 1, 0, generic(&from), from_size) == 1);
  CHECK(recv(speaker, text, sizeof(text), 0) == 1);

  // Ports.
  const int second = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in port = loopback(47124);
  CHECK_FAILS(bind(second, generic(&port), size), EACCES);
  port.sin_port = htons(47123);
  CHECK(bind(second, generic(&port), size) == 0 || errno == EADDRINUSE);
  printf("as the rules say\n");
  return 0;
}
