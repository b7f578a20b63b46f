// Offsets beyond 4 GiB: seek, read, write, truncate and size of a sparse file.
#define _FILE_OFFSET_BITS 64
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  const off_t far = (off_t)5 << 30;
  const int fd = open("sparse", O_RDWR | O_CREAT | O_EXCL, 0600);
  CHECK(fd >= 0);
  CHECK(lseek(fd, far, SEEK_SET) == far);
  CHECK(write(fd, "far", 3) == 3);
  CHECK(lseek(fd, 0, SEEK_CUR) == far + 3);
  struct stat status;
  CHECK(fstat(fd, &status) == 0);
  printf("%lld %o\n", (long long)status.st_size, (unsigned)status.st_mode);
  char buffer[4] = "";
  CHECK(pread(fd, buffer, 3, far) == 3);
  printf("%s\n", buffer);
  CHECK(pwrite(fd, "x", 1, far * 2) == 1);
  CHECK(lseek(fd, 0, SEEK_END) == far * 2 + 1);
  CHECK(ftruncate(fd, far + 1) == 0);
  CHECK(stat("sparse", &status) == 0);
  printf("%lld\n", (long long)status.st_size);
  CHECK_FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
  CHECK(close(fd) == 0);

  FILE* stream = fopen("sparse", "r+");
  CHECK(stream != NULL && fseeko(stream, far - 2, SEEK_SET) == 0);
  CHECK(fputs("abc", stream) >= 0);
  printf("%lld\n", (long long)ftello(stream));
  CHECK(fclose(stream) == 0);
  CHECK(truncate("sparse", 0) == 0 && unlink("sparse") == 0);
  return 0;
}
