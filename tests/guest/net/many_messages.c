// net: --net host
/* sendmsg, recvmsg, sendmmsg, recvmmsg: vectors, names, flags, time stamps, bad pointers. */
#include <time.h>

#include "transcript.h"

static void vectors(int a, int b) {
  char left[4] = "";
  char right[8] = "";
  struct iovec out[3] = {{"on", 2}, {NULL, 0}, {"e!!", 3}};
  struct iovec in[2] = {{left, 3}, {right, sizeof(right)}};
  struct msghdr message = {.msg_iov = out, .msg_iovlen = 3};
  SHOW(sendmsg(a, &message, 0));
  message = (struct msghdr){.msg_iov = in, .msg_iovlen = 2};
  SHOW(recvmsg(b, &message, 0));
  printf("'%.3s' '%.2s' flags %#x\n", left, right, message.msg_flags);
  message = (struct msghdr){.msg_iov = out, .msg_iovlen = 3};
  SHOW(sendmsg(a, &message, 0));
  message = (struct msghdr){.msg_iov = in, .msg_iovlen = 1};
  SHOW(recvmsg(b, &message, 0));
  printf("flags %#x\n", message.msg_flags);
  message = (struct msghdr){.msg_iov = out, .msg_iovlen = 2000};
  SHOW(sendmsg(a, &message, 0));
  SHOW(recvmsg(b, &message, 0));
  out[0].iov_len = (size_t)-1;
  message = (struct msghdr){.msg_iov = out, .msg_iovlen = 1};
  SHOW(sendmsg(a, &message, 0));
  message.msg_iov = (struct iovec*)bad_pointer;
  SHOW(sendmsg(a, &message, 0));
  SHOW(recvmsg(b, &message, MSG_DONTWAIT));
  SHOW(sendmsg(a, (struct msghdr*)bad_pointer, 0));
  SHOW(recvmsg(b, (struct msghdr*)bad_pointer, 0));
  out[0] = (struct iovec){bad_pointer, 4};
  message.msg_iov = out;
  SHOW(sendmsg(a, &message, 0));
  message.msg_namelen = (socklen_t)-1;
  message.msg_name = left;
  SHOW(sendmsg(a, &message, 0));
}

static void many(int a, int b) {
  char text[4][8] = {"one", "two", "three", "four"};
  struct iovec parts[4];
  struct mmsghdr messages[4];
  memset(messages, 0, sizeof(messages));
  for (int i = 0; i < 4; ++i) {
    parts[i] = (struct iovec){text[i], strlen(text[i])};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  SHOW(sendmmsg(a, messages, 3, 0));
  printf("%u %u %u\n", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len);
  for (int i = 0; i < 4; ++i)
    parts[i].iov_len = sizeof(text[i]);
  SHOW(recvmmsg(b, messages, 2, 0, NULL));
  SHOW(recvmmsg(b, messages, 4, MSG_WAITFORONE, NULL));
  printf("%u '%.5s'\n", messages[0].msg_len, text[0]);
  SHOW(recvmmsg(b, messages, 4, MSG_DONTWAIT, NULL));
  struct timespec wrong = {0, 1000000000};
  SHOW(recvmmsg(b, messages, 4, MSG_DONTWAIT, &wrong));
  SHOW(recvmmsg(b, messages, 0, 0, NULL));
  messages[1].msg_hdr.msg_iov = (struct iovec*)bad_pointer;
  SHOW(sendmmsg(a, messages, 2, 0));
  SHOW(recv(b, text[0], 8, MSG_DONTWAIT) >= 0);
  SHOW(sendmmsg(a, (struct mmsghdr*)bad_pointer, 2, 0));
  SHOW(sendmmsg(a, messages, 0, 0));
}

static void stamps(void) {
  const int a = NEED(socket(AF_INET, SOCK_DGRAM, 0));
  struct sockaddr_in address = loopback(0);
  NEED(bind(a, (struct sockaddr*)&address, sizeof(address)));
  address = loopback(port_of(a));
  const int on = 1;
  NEED(setsockopt(a, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)));
  NEED(setsockopt(a, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)));
  NEED(setsockopt(a, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)));
  NEED(sendto(a, "x", 1, 0, (struct sockaddr*)&address, sizeof(address)));
  char control[256];
  char text[4];
  struct iovec part = {text, sizeof(text)};
  struct sockaddr_in from;
  struct msghdr message = {.msg_name = &from,
                           .msg_namelen = sizeof(from),
                           .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof(control)};
  SHOW(recvmsg(a, &message, 0));
  printf("name %u, own port %d\n", (unsigned)message.msg_namelen,
         from.sin_port == address.sin_port);
  for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != NULL;
       header = CMSG_NXTHDR(&message, header)) {
    printf("level %d type %d", header->cmsg_level, header->cmsg_type);
    if (header->cmsg_level == SOL_SOCKET) {
      struct timeval stamp;
      memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
      const long apart = (long)(time(NULL) - stamp.tv_sec);
      printf(" %d", header->cmsg_len == CMSG_LEN(sizeof(stamp)) && apart >= 0 && apart < 30);
    } else {
      int value;
      memcpy(&value, CMSG_DATA(header), sizeof(value));
      if (header->cmsg_type == IP_TTL) printf(" %d", value);
    }
    printf("\n");
  }
  // Room for a part of it.
  NEED(sendto(a, "x", 1, 0, (struct sockaddr*)&address, sizeof(address)));
  message.msg_controllen = 4;
  SHOW(recvmsg(a, &message, 0));
  printf("control %u flags %#x\n", (unsigned)message.msg_controllen, message.msg_flags);
}

int main(void) {
  begin();
  int ends[2];
  NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
  vectors(ends[0], ends[1]);
  many(ends[0], ends[1]);
  stamps();
  return 0;
}
