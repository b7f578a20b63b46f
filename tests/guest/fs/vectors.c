/* readv and writev; bad pointers and lengths. */
#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "transcript.h"

int main(void) {
  begin();
  char first[5] = "";
  char second[9] = "";
  struct iovec vector[3] = {{"abc", 3}, {"", 0}, {"defghi", 6}};
  SHOW(open("file", O_RDWR | O_CREAT, 0644));
  SHOW(writev(3, vector, 3));
  SHOW(writev(3, vector, 0));
  volatile int negative = -1;
  volatile int too_many = IOV_MAX + 1;
  SHOW(writev(3, vector, negative));
  SHOW(writev(3, vector, too_many));
  struct iovec in[2] = {{first, 4}, {second, 8}};
  SHOW(lseek(3, 0, SEEK_SET));
  SHOW(readv(3, in, 2));
  printf("%s %s\n", first, second);
  SHOW(preadv(3, in, 2, 2));
  printf("%s %s\n", first, second);
  SHOW(pwritev(3, vector, 1, 20));
  SHOW(preadv(3, in, 2, -5));
  SHOW(preadv2(3, in, 2, -1, 0));
  SHOW(lseek(3, 0, SEEK_SET));
  SHOW(preadv2(3, in, 1, -1, 0));
  SHOW(lseek(3, 0, SEEK_CUR));
  SHOW(preadv2(3, in, 1, 0, 1 << 30));

  void* const bad = bad_pointer;
  SHOW(read(3, bad, 4));
  SHOW(read(3, bad, 0));
  SHOW(write(3, bad, 4));
  SHOW(pread(3, bad, 4, 0));
  SHOW(readv(3, bad, 1));
  SHOW(read(99, bad, 4));
  SHOW(readv(99, bad, negative));
  SHOW(lseek(3, 0, SEEK_SET));
  struct iovec broken[2] = {{first, 4}, {bad, 4}};
  SHOW(readv(3, broken, 2));
  SHOW(lseek(3, 0, SEEK_CUR));
  broken[0].iov_base = bad;
  SHOW(readv(3, broken, 2));
  broken[0].iov_base = first;
  broken[0].iov_len = (size_t)-1;
  SHOW(readv(3, broken, 1));
  SHOW(writev(3, broken, 1));

  char* const pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEED(munmap(pages + 4096, 4096));
  SHOW(lseek(3, 0, SEEK_SET));
  SHOW(read(3, pages + 4090, 9));
  memset(pages, 'z', 4096);
  SHOW(write(3, pages + 4090, 10));
  SHOW(open(pages + 4090, O_RDONLY));
  SHOW(close(3));
  NEED(unlink("file"));
  return end();
}
