/* SO_PEERCRED, SO_PASSCRED and SCM_CREDENTIALS: who is at the other end. */
#include "transcript.h"

static const char* who(pid_t pid, pid_t parent, pid_t child) {
  if (pid == 0) return "nobody";
  if (pid == parent) return "the parent";
  return pid == child ? "the child" : "somebody";
}

static void show_peer(const char* text, int fd, pid_t parent, pid_t child) {
  struct ucred peer;
  socklen_t size = sizeof(peer);
  NEED(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size));
  printf("%s: size %u, %s, own user %d group %d\n", text, (unsigned)size,
         who(peer.pid, parent, child), peer.uid == getuid(), peer.gid == getgid());
}

static void receive(int fd, pid_t parent, pid_t child) {
  union {
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
    struct cmsghdr align;
  } control;
  char text[16];
  struct iovec part = {text, sizeof(text)};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof(control.bytes)};
  const ssize_t count = recvmsg(fd, &message, 0);
  printf("received %zd '%.*s' flags %#x", count, (int)count, text, message.msg_flags);
  for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != NULL;
       header = CMSG_NXTHDR(&message, header)) {
    struct ucred sender;
    memcpy(&sender, CMSG_DATA(header), sizeof(sender));
    printf(", type %d, %s, own user %d", header->cmsg_type, who(sender.pid, parent, child),
           sender.uid == getuid());
  }
  printf("\n");
}

static ssize_t send_credentials(int fd, pid_t pid, size_t size) {
  union {
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof(control));
  struct iovec part = {"explicit", 8};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof(control.bytes)};
  control.align.cmsg_level = SOL_SOCKET;
  control.align.cmsg_type = SCM_CREDENTIALS;
  control.align.cmsg_len = CMSG_LEN(size);
  const struct ucred own = {pid, getuid(), getgid()};
  memcpy(CMSG_DATA(&control.align), &own, sizeof(own));
  return sendmsg(fd, &message, 0);
}

int main(void) {
  begin();
  const pid_t parent = getpid();
  int ends[2];
  NEED(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
  show_peer("pair", ends[0], parent, 0);
  const int unconnected = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  show_peer("unconnected", unconnected, parent, 0);

  const int server = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
  const struct sockaddr_un address = path_address("server");
  NEED(bind(server, (const struct sockaddr*)&address, sizeof(address)));
  NEED(listen(server, 5));
  int on = 1;
  SHOW(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const int client = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
    NEED(connect(client, (const struct sockaddr*)&address, sizeof(address)));
    show_peer("client", client, parent, getpid());
    NEED(write(ends[0], "implicit", 8));
    NEED(send_credentials(ends[0], getpid(), sizeof(struct ucred)));
    char byte;
    NEED(read(client, &byte, 1));
    fflush(stdout);
    _exit(0);
  }
  const int connection = NEED(accept(server, NULL, NULL));
  NEED(write(connection, "x", 1));
  NEED(waitpid(child, NULL, 0));
  show_peer("accepted", connection, parent, child);
  receive(ends[1], parent, child);
  receive(ends[1], parent, child);
  SHOW(send_credentials(ends[0], child, sizeof(struct ucred)));
  SHOW(send_credentials(ends[0], getpid(), 4));
  SHOW(send_credentials(ends[0], getpid(), sizeof(struct ucred)));
  receive(ends[1], parent, child);
  socklen_t size = sizeof(on);
  SHOW(getsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, &size));
  printf("on %d\n", on);
  on = 0;
  SHOW(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
  SHOW(write(ends[0], "plain", 5));
  receive(ends[1], parent, child);
  SHOW(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, 1));
  SHOW(unlink("server"));
  return 0;
}
