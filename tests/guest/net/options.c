// net: --net host
/* getsockopt and setsockopt: what programs set, and what nobody has. */
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "transcript.h"

static void flag(int fd, const char* name, int level, int option, int value) {
  const int set = setsockopt(fd, level, option, &value, sizeof(value));
  const int set_errno = errno;
  int found = -1;
  socklen_t size = sizeof(found);
  const int got = getsockopt(fd, level, option, &found, &size);
  printf("%s: %s, %s, %d of %u bytes\n", name, set == 0 ? "set" : strerrorname_np(set_errno),
         got == 0 ? "got" : strerrorname_np(errno), found, (unsigned)size);
}
#define FLAG(fd, level, option, value) flag(fd, #option, level, option, value)

static void times(int fd) {
  struct timeval time = {2, 500000};
  SHOW(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)));
  struct timeval found;
  memset(&found, 0xff, sizeof(found));
  socklen_t size = sizeof(found);
  SHOW(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &found, &size));
  printf("%ld.%06ld of %u bytes\n", (long)found.tv_sec, (long)found.tv_usec, (unsigned)size);
  time.tv_usec = 1000000;
  SHOW(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)));
  SHOW(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, 4));
  SHOW(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, bad_pointer, sizeof(time)));
}

int main(void) {
  begin();
  const int tcp = NEED(socket(AF_INET, SOCK_STREAM, 0));
  const int udp = NEED(socket(AF_INET, SOCK_DGRAM, 0));
  const int local = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  FLAG(tcp, SOL_SOCKET, SO_REUSEADDR, 1);
  FLAG(tcp, SOL_SOCKET, SO_REUSEPORT, 1);
  FLAG(tcp, SOL_SOCKET, SO_KEEPALIVE, 5);
  FLAG(tcp, SOL_SOCKET, SO_BROADCAST, 1);
  FLAG(tcp, SOL_SOCKET, SO_OOBINLINE, 1);
  FLAG(tcp, SOL_SOCKET, SO_TYPE, 1);
  FLAG(tcp, SOL_SOCKET, SO_DOMAIN, 1);
  FLAG(tcp, SOL_SOCKET, SO_PROTOCOL, 1);
  FLAG(tcp, SOL_SOCKET, SO_ACCEPTCONN, 1);
  FLAG(tcp, SOL_SOCKET, SO_SNDBUF, 40000);
  FLAG(tcp, SOL_SOCKET, SO_RCVBUF, 40000);
  FLAG(tcp, SOL_SOCKET, SO_RCVLOWAT, 3);
  FLAG(tcp, SOL_SOCKET, SO_PRIORITY, 3);
  FLAG(tcp, IPPROTO_TCP, TCP_NODELAY, 1);
  FLAG(tcp, IPPROTO_TCP, TCP_CORK, 0);
  FLAG(tcp, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  FLAG(tcp, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  FLAG(tcp, IPPROTO_TCP, TCP_KEEPCNT, 3);
  FLAG(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000);
  FLAG(tcp, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0);
  FLAG(tcp, IPPROTO_TCP, 9999, 1);
  FLAG(tcp, IPPROTO_IP, IP_TOS, 0x10);
  FLAG(tcp, IPPROTO_IP, IP_TTL, 33);
  FLAG(udp, IPPROTO_IP, IP_PKTINFO, 1);
  FLAG(udp, IPPROTO_IP, IP_RECVTTL, 1);
  FLAG(udp, IPPROTO_IP, IP_MULTICAST_TTL, 2);
  FLAG(udp, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
  FLAG(udp, SOL_SOCKET, SO_TIMESTAMP, 1);
  FLAG(local, SOL_SOCKET, SO_PASSCRED, 1);
  FLAG(local, SOL_SOCKET, 9999, 1);
  FLAG(local, IPPROTO_TCP, TCP_NODELAY, 1);
  struct linger linger = {1, 7};
  SHOW(setsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
  socklen_t size = sizeof(linger);
  memset(&linger, 0, sizeof(linger));
  SHOW(getsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, &size));
  printf("%d %d of %u bytes\n", linger.l_onoff, linger.l_linger, (unsigned)size);
  SHOW(setsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, 4));
  times(tcp);
  struct tcp_info info;
  size = sizeof(info);
  SHOW(getsockopt(tcp, IPPROTO_TCP, TCP_INFO, &info, &size));
  printf("state %d\n", info.tcpi_state);
  char short_value[2] = {9, 9};
  size = 1;
  SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, short_value, &size));
  printf("%d %d of %u\n", short_value[0], short_value[1], (unsigned)size);
  size = 0;
  SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, short_value, &size));
  size = (socklen_t)-1;
  SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, short_value, &size));
  size = 4;
  SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, bad_pointer, &size));
  SHOW(getsockopt(tcp, SOL_SOCKET, SO_TYPE, short_value, (socklen_t*)bad_pointer));
  const int on = 1;
  SHOW(setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, bad_pointer, sizeof(on)));
  SHOW(setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, 2));
  SHOW(setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, (socklen_t)-1));
  SHOW(setsockopt(0, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
  SHOW(setsockopt(50, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
  return 0;
}
