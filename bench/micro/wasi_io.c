// read or write of 4 KiB at a time, in a file: fd_read and fd_write for WASI.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, BLOCKS = 4096, PASSES = 8 };

static char block[BLOCK_BYTES];

static unsigned long long now_ns(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) exit(1);
  return (unsigned long long)now.tv_sec * 1000000000u + (unsigned long long)now.tv_nsec;
}

static void pass(int fd, int writes) {
  if (lseek(fd, 0, SEEK_SET) != 0) exit(1);
  for (int i = 0; i < BLOCKS; i++) {
    const ssize_t done = writes ? write(fd, block, BLOCK_BYTES) : read(fd, block, BLOCK_BYTES);
    if (done != BLOCK_BYTES) exit(1);
  }
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int rounds = atoi(argv[1]);
  const int writes = strcmp(argv[2], "write") == 0;
  const int fd = open(argv[3], O_RDWR | O_CREAT, 0600);
  if (fd < 0) return 1;
  pass(fd, 1);  // the file has all its pages
  for (int round = 0; round < rounds; round++) {
    const unsigned long long start = now_ns();
    for (int i = 0; i < PASSES; i++)
      pass(fd, writes);
    printf("%.2f\n", (double)(now_ns() - start) / (PASSES * BLOCKS));
  }
  return 0;
}
