/* SCM_RIGHTS: descriptors in messages, within a process and between processes. */
#include "transcript.h"

union control {
  char bytes[CMSG_SPACE(8 * sizeof(int))];
  struct cmsghdr align;
};

static ssize_t send_fds(int fd, const char* text, const int* fds, size_t count) {
  union control control;
  memset(&control, 0, sizeof(control));
  struct iovec part = {(void*)text, strlen(text)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes};
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(header), fds, count * sizeof(int));
  return sendmsg(fd, &message, 0);
}

/* Prints what came; returns the number of descriptors. */
static int receive_fds(int fd, int* fds, int room, int flags) {
  union control control;
  char text[32];
  struct iovec part = {text, sizeof(text)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes};
  message.msg_controllen = room < 0 ? 0 : CMSG_LEN((size_t)room * sizeof(int));
  const ssize_t count = recvmsg(fd, &message, flags);
  if (count < 0) {
    printf("recvmsg = %s\n", strerrorname_np(errno));
    return 0;
  }
  printf("received %zd '%.*s' flags %#x", count, (int)count, text, message.msg_flags);
  int found = 0;
  for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != NULL;
       header = CMSG_NXTHDR(&message, header)) {
    found = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    printf(", level %d type %d with %d", header->cmsg_level, header->cmsg_type, found);
    memcpy(fds, CMSG_DATA(header), (size_t)found * sizeof(int));
  }
  printf("\n");
  for (int i = 0; i < found; ++i)
    printf(" descriptor %d, flags %d\n", fds[i], fcntl(fds[i], F_GETFD));
  return found;
}

static void show_offset(const char* text, int fd) {
  printf("%s: offset %ld\n", text, (long)lseek(fd, 0, SEEK_CUR));
}

int main(void) {
  begin();
  int ends[2];
  int fds[16];
  NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  const int file = NEED(open("file", O_RDWR | O_CREAT, 0644));
  NEED(write(file, "0123456789", 10));
  const int directory = NEED(open(".", O_RDONLY | O_DIRECTORY));
  const int path_only = NEED(open("file", O_PATH));
  int sent[3] = {file, directory, path_only};

  // One file, one offset; a directory to look up in; a path that cannot be read.
  SHOW(send_fds(ends[0], "three", sent, 3));
  if (receive_fds(ends[1], fds, 8, MSG_CMSG_CLOEXEC) != 3) return 1;
  NEED(lseek(fds[0], 4, SEEK_SET));
  show_offset("sender", file);
  SHOW(faccessat(fds[1], "file", R_OK, 0));
  SHOW(read(fds[2], fds, 1));
  for (int i = 0; i < 3; ++i)
    close(fds[i]);

  // Seen twice, received once.
  SHOW(send_fds(ends[0], "peek", sent, 1));
  if (receive_fds(ends[1], fds, 8, MSG_PEEK) == 1) close(fds[0]);
  if (receive_fds(ends[1], fds, 8, 0) == 1) close(fds[0]);

  // No room, too little room.
  SHOW(send_fds(ends[0], "none", sent, 2));
  receive_fds(ends[1], fds, -1, 0);
  SHOW(send_fds(ends[0], "one", sent, 2));
  if (receive_fds(ends[1], fds, 1, 0) == 1) close(fds[0]);
  SHOW(send_fds(ends[0], "read", sent, 2));
  char text[8];
  SHOW(read(ends[1], text, sizeof(text)));

  // A message ends where descriptors are.
  SHOW(send_fds(ends[0], "first", sent, 1));
  SHOW(send_fds(ends[0], "second", sent, 1));
  SHOW(send(ends[0], "third", 5, 0));
  if (receive_fds(ends[1], fds, 8, 0) == 1) close(fds[0]);
  if (receive_fds(ends[1], fds, 8, 0) == 1) close(fds[0]);
  receive_fds(ends[1], fds, 8, 0);

  // The only writer of a pipe is on its way; then it is thrown away with the socket.
  int pipe_ends[2];
  int lost[2];
  NEED(pipe(pipe_ends));
  NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, lost));
  SHOW(send_fds(lost[0], "writer", &pipe_ends[1], 1));
  close(pipe_ends[1]);
  struct pollfd readable = {pipe_ends[0], POLLIN, 0};
  SHOW(poll(&readable, 1, 0));
  close(lost[0]);
  close(lost[1]);
  SHOW(read(pipe_ends[0], text, 1));
  close(pipe_ends[0]);

  // A socket that is sent before its connection is used, to another process.
  int inner[2];
  NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, inner));
  SHOW(send_fds(ends[0], "socket", &inner[0], 1));
  close(inner[0]);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (receive_fds(ends[1], fds, 8, 0) != 1) _exit(1);
    NEED(write(fds[0], "from the child", 14));
    fflush(stdout);
    _exit(0);
  }
  int status = 0;
  NEED(waitpid(child, &status, 0));
  char answer[32];
  const ssize_t count = read(inner[1], answer, sizeof(answer));
  printf("status %d, '%.*s'\n", status, (int)count, answer);
  SHOW(read(inner[1], answer, sizeof(answer)));

  // What is refused.
  const int closed = 60;
  SHOW(send_fds(ends[0], "closed", &closed, 1));
  SHOW(send_fds(ends[0], "", sent, 1));
  struct iovec part = {text, 1};
  union control control;
  memset(&control, 0, sizeof(control));
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof(control.bytes)};
  control.align.cmsg_level = SOL_SOCKET;
  control.align.cmsg_type = SCM_RIGHTS;
  control.align.cmsg_len = sizeof(control.bytes) + 8;
  SHOW(sendmsg(ends[0], &message, 0));
  control.align.cmsg_len = 1;
  SHOW(sendmsg(ends[0], &message, 0));
  control.align.cmsg_len = CMSG_LEN(0);
  control.align.cmsg_type = 77;
  SHOW(sendmsg(ends[0], &message, 0));
  message.msg_control = bad_pointer;
  SHOW(sendmsg(ends[0], &message, 0));
  message.msg_controllen = 0;
  SHOW(sendmsg(ends[0], &message, 0));
  SHOW(unlink("file"));
  return 0;
}
