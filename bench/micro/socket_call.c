// socket.sendrecv, socket.sendfile: a call that puts bytes into a Unix socket and one that takes
// them out; the argument says which.
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../timing.h"

static char path[] = "/tmp/lind-bench-XXXXXX";
static char block[4096];
static int file;
static int ends[2];

static void send_receive(void) {
  MUST(send(ends[0], block, 1, 0) == 1 && recv(ends[1], block, 1, 0) == 1);
}
static void send_file(void) {
  off_t offset = 0;
  MUST(sendfile(ends[0], file, &offset, sizeof(block)) == (ssize_t)sizeof(block));
  MUST(recv(ends[1], block, sizeof(block), MSG_WAITALL) == (ssize_t)sizeof(block));
}

int main(int argc, char** argv) {
  MUST(argc > 2);
  file = mkstemp(path);
  MUST(file >= 0 && unlink(path) == 0);
  MUST(write(file, block, sizeof(block)) == (ssize_t)sizeof(block));
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const int sends_file = strcmp(argv[2], "sendfile") == 0;
  run_operation(sends_file ? send_file : send_receive, atoi(argv[1]), 20000);
  return 0;
}
