// tee FILE PROGRAM...: writes what the program writes to descriptors 1 and 2 to FILE as well

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lind/grate.h"

static int copy;

// `bytes` of the caller's memory that it has written.
static void keep(uint32_t owner, uint64_t address, uint64_t bytes) {
  char buffer[16384];
  while (bytes > 0) {
    const size_t wanted = bytes < sizeof(buffer) ? (size_t)bytes : sizeof(buffer);
    const ssize_t got = lind_copy_in(buffer, owner, address, wanted);
    if (got <= 0 || write(copy, buffer, (size_t)got) != got) return;
    address += (uint64_t)got;
    bytes -= (uint64_t)got;
  }
}

static lind_result write_both(struct lind_call* call) {
  const lind_result written = lind_forward();
  const int descriptor = (int)call->arg[0];
  if (written <= 0 || (descriptor != 1 && descriptor != 2)) return written;
  if (call->number == SYS_write) {
    keep(call->owner[1], call->arg[1], (uint64_t)written);
    return written;
  }
  uint64_t left = (uint64_t)written;
  for (uint64_t i = 0; i < call->arg[2] && left > 0; i++) {
    struct iovec part;
    if (lind_copy_in(&part, call->owner[1], call->arg[1] + i * sizeof(part), sizeof(part)) !=
        sizeof(part)) {
      break;
    }
    const uint64_t bytes = part.iov_len < left ? part.iov_len : left;
    keep(call->owner[1], (uintptr_t)part.iov_base, bytes);
    left -= bytes;
  }
  return written;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: tee FILE PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  copy = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  if (copy < 0) {
    fprintf(stderr, "tee: %s: %s\n", argv[1], strerror(errno));
    return 125;
  }
  lind_on(SYS_write, write_both);
  lind_on(SYS_writev, write_both);
  return lind_run(argv + 2);
}
