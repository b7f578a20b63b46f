// expect-cage: exit 0
// stdout: refused\n
/* Without a grant there is no network, not even the loopback interface.  Linux has no such rule. */
#include <check.h>

#include "transcript.h"

int main(void) {
  const struct sockaddr_in address = loopback(9);
  const struct sockaddr* const to = (const struct sockaddr*)&address;
  const socklen_t size = sizeof(address);
  const int tcp = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(tcp >= 0);
  CHECK_FAILS(connect(tcp, to, size), EACCES);
  CHECK_FAILS(bind(tcp, to, size), EACCES);
  const struct sockaddr_in any = loopback(0);
  CHECK_FAILS(bind(tcp, (const struct sockaddr*)&any, size), EACCES);
  CHECK_FAILS(listen(tcp, 1), EACCES);
  CHECK_FAILS(sendto(tcp, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, to, size), EACCES);
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK_FAILS(connect(udp, to, size), EACCES);
  CHECK_FAILS(sendto(udp, "x", 1, 0, to, size), EACCES);
  CHECK_FAILS(bind(udp, to, size), EACCES);
  struct iovec part = {"x", 1};
  struct msghdr message = {
      .msg_name = (void*)&address, .msg_namelen = size, .msg_iov = &part, .msg_iovlen = 1};
  CHECK_FAILS(sendmsg(udp, &message, 0), EACCES);
  const int newer = socket(AF_INET6, SOCK_DGRAM, 0);
  CHECK_FAILS(sendto(newer, "x", 1, 0, to, size), EACCES);
  CHECK_FAILS(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), EACCES);
  CHECK_FAILS(socket(AF_NETLINK, SOCK_RAW, 0), EAFNOSUPPORT);
  CHECK_FAILS(socket(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT);
  printf("refused\n");
  return 0;
}
