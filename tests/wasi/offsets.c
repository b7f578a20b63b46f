// Offsets and sizes beyond 32 bits.
#include "check.h"

static uint64_t at(int fd, int64_t delta, __wasi_whence_t whence) {
  __wasi_filesize_t now = 0;
  CHECK_ERROR(__wasi_fd_seek((__wasi_fd_t)fd, delta, whence, &now), 0);
  return now;
}

int main(void) {
  const uint64_t far = 5ULL << 30;
  int fd;
  CHECK_ERROR(open_at(GIVEN, "sparse", 0, __WASI_OFLAGS_CREAT, &fd), 0);
  const __wasi_fd_t file = (__wasi_fd_t)fd;
  CHECK(at(fd, (int64_t)far, __WASI_WHENCE_SET) == far);
  const __wasi_ciovec_t out = {(const uint8_t*)"behind", 6};
  __wasi_size_t num_bytes = 0;
  CHECK_ERROR(__wasi_fd_write(file, &out, 1, &num_bytes), 0);
  CHECK(num_bytes == 6 && at(fd, 0, __WASI_WHENCE_CUR) == far + 6);
  CHECK(at(fd, -6, __WASI_WHENCE_END) == far);
  __wasi_filestat_t stat;
  CHECK_ERROR(__wasi_fd_filestat_get(file, &stat), 0);
  CHECK(stat.size == far + 6);

  char text[8] = "";
  const __wasi_iovec_t in = {(uint8_t*)text, 6};
  CHECK_ERROR(__wasi_fd_pread(file, &in, 1, far, &num_bytes), 0);
  CHECK(num_bytes == 6 && memcmp(text, "behind", 6) == 0);
  CHECK_ERROR(__wasi_fd_pwrite(file, &out, 1, far + 100, &num_bytes), 0);
  CHECK(at(fd, 0, __WASI_WHENCE_END) == far + 106);
  CHECK_ERROR(__wasi_fd_filestat_set_size(file, far + 1), 0);
  CHECK(at(fd, 0, __WASI_WHENCE_END) == far + 1);
  CHECK_ERROR(__wasi_fd_advise(file, far, 1, __WASI_ADVICE_WILLNEED), 0);

  __wasi_filesize_t now;
  CHECK_ERROR(__wasi_fd_seek(file, -1, __WASI_WHENCE_SET, &now), __WASI_ERRNO_INVAL);
  CHECK_ERROR(__wasi_fd_seek(file, INT64_MIN, __WASI_WHENCE_END, &now), __WASI_ERRNO_INVAL);
  CHECK_ERROR(__wasi_fd_seek(file, 0, 3, &now), __WASI_ERRNO_INVAL);
  CHECK_ERROR(__wasi_fd_pread(file, &in, 1, UINT64_MAX, &num_bytes), __WASI_ERRNO_INVAL);
  CHECK_ERROR(__wasi_fd_pwrite(file, &out, 1, 1ULL << 63, &num_bytes), __WASI_ERRNO_INVAL);
  const __wasi_errno_t too_large = __wasi_fd_filestat_set_size(file, UINT64_MAX);
  CHECK(too_large == __WASI_ERRNO_INVAL || too_large == __WASI_ERRNO_FBIG);
  CHECK_ERROR(__wasi_fd_allocate(file, 0, 0), __WASI_ERRNO_INVAL);
  return 0;
}
