// Memory areas: anonymous and of files, private and shared, protected, moved and unmapped.
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kPage = 4096 };

static void use_anonymous(void) {
  unsigned char* area =
      mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(area != MAP_FAILED && (uintptr_t)area % kPage == 0);
  for (int i = 0; i < 16 * kPage; i += 511)
    CHECK(area[i] == 0);
  memset(area, 'a', 16 * kPage);
  CHECK(munmap(area + 4 * kPage, 4 * kPage) == 0);
  CHECK(area[3 * kPage] == 'a' && area[8 * kPage] == 'a');
  CHECK(mmap(area + 4 * kPage, kPage, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == area + 4 * kPage);
  CHECK(area[4 * kPage] == 0);
  CHECK(mprotect(area, kPage, PROT_READ) == 0 && area[0] == 'a');
  CHECK(mprotect(area, kPage, PROT_READ | PROT_WRITE) == 0);
  area[0] = 'b';
  CHECK(munmap(area, 16 * kPage) == 0);
  CHECK_FAILS((intptr_t)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
}

static void use_file(void) {
  const int fd = open("mapped", O_RDWR | O_CREAT, 0600);
  CHECK(fd >= 0 && ftruncate(fd, 3 * kPage) == 0);
  CHECK(pwrite(fd, "in the file", 11, kPage) == 11);
  char* private = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, kPage);
  CHECK(private != MAP_FAILED);
  printf("%.11s\n", private);
  memcpy(private, "IN", 2);
  char back[12] = "";
  CHECK(pread(fd, back, 11, kPage) == 11);
  printf("%s\n", back);
  char* shared = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, kPage);
  CHECK(shared != MAP_FAILED);
  memcpy(shared, "by", 2);
  CHECK(msync(shared, kPage, MS_SYNC) == 0);
  CHECK(pread(fd, back, 11, kPage) == 11);
  printf("%s %.2s\n", back, private);
  CHECK(munmap(shared, kPage) == 0 && munmap(private, 2 * kPage) == 0 && close(fd) == 0);
  CHECK_FAILS((intptr_t)mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, 99, 0), EBADF);
}

static void share_with_child(void) {
  int* shared = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* private = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED && private != MAP_FAILED);
  *shared = *private = 1;
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    *shared = *private = 2;
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child);
  printf("%d %d\n", *shared, *private);
}

int main(void) {
  use_anonymous();
  use_file();
  share_with_child();
  return 0;
}
