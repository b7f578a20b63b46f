// Every function with addresses that do not exist, lengths whose sum wraps, and closed descriptors: an
// errno, never a trap of the program and never one of the host.
#include "check.h"

#define DECLARE(name, ...) int32_t raw_##name(__VA_ARGS__) IMPORT(name)
typedef int32_t i;
typedef int64_t l;
DECLARE(args_get, i, i);
DECLARE(args_sizes_get, i, i);
DECLARE(environ_sizes_get, i, i);
DECLARE(clock_res_get, i, i);
DECLARE(clock_time_get, i, l, i);
DECLARE(fd_advise, i, l, l, i);
DECLARE(fd_allocate, i, l, l);
DECLARE(fd_close, i);
DECLARE(fd_datasync, i);
DECLARE(fd_fdstat_get, i, i);
DECLARE(fd_fdstat_set_flags, i, i);
DECLARE(fd_fdstat_set_rights, i, l, l);
DECLARE(fd_filestat_get, i, i);
DECLARE(fd_filestat_set_size, i, l);
DECLARE(fd_filestat_set_times, i, l, l, i);
DECLARE(fd_pread, i, i, i, l, i);
DECLARE(fd_prestat_get, i, i);
DECLARE(fd_prestat_dir_name, i, i, i);
DECLARE(fd_pwrite, i, i, i, l, i);
DECLARE(fd_read, i, i, i, i);
DECLARE(fd_readdir, i, i, i, l, i);
DECLARE(fd_renumber, i, i);
DECLARE(fd_seek, i, l, i, i);
DECLARE(fd_sync, i);
DECLARE(fd_tell, i, i);
DECLARE(fd_write, i, i, i, i);
DECLARE(path_create_directory, i, i, i);
DECLARE(path_filestat_get, i, i, i, i, i);
DECLARE(path_filestat_set_times, i, i, i, i, l, l, i);
DECLARE(path_link, i, i, i, i, i, i, i);
DECLARE(path_readlink, i, i, i, i, i, i);
DECLARE(path_remove_directory, i, i, i);
DECLARE(path_rename, i, i, i, i, i, i);
DECLARE(path_symlink, i, i, i, i, i);
DECLARE(path_unlink_file, i, i, i);
DECLARE(poll_oneoff, i, i, i, i);
DECLARE(random_get, i, i);
DECLARE(sock_accept, i, i, i);
DECLARE(sock_recv, i, i, i, i, i, i);
DECLARE(sock_send, i, i, i, i, i);
DECLARE(sock_shutdown, i, i);

enum { CLOSED = 77, HUGE_FD = 0x7fffffff };
#define FAULT __WASI_ERRNO_FAULT
#define BADF __WASI_ERRNO_BADF

static i file;
static const i bad_addresses[] = {-1, -4, -8, -16, (i)0x80000000, (i)0xfffe0000};
static __wasi_iovec_t good[1];
static char text[16];
static i address(const void* pointer) { return (i)(intptr_t)pointer; }

static void bad_pointers(i bad) {
  CHECK_ERROR(raw_args_get(bad, bad), FAULT);
  CHECK_ERROR(raw_args_sizes_get(bad, bad), FAULT);
  CHECK_ERROR(raw_environ_sizes_get(bad, bad), FAULT);
  CHECK_ERROR(raw_clock_res_get(0, bad), FAULT);
  CHECK_ERROR(raw_clock_time_get(0, 0, bad), FAULT);
  CHECK_ERROR(raw_fd_fdstat_get(file, bad), FAULT);
  CHECK_ERROR(raw_fd_filestat_get(file, bad), FAULT);
  CHECK_ERROR(raw_fd_prestat_get(GIVEN, bad), FAULT);
  CHECK_ERROR(raw_fd_prestat_dir_name(GIVEN, bad, 100), FAULT);
  CHECK_ERROR(raw_fd_read(file, bad, 1, address(text)), FAULT);
  CHECK_ERROR(raw_fd_write(file, bad, 1, address(text)), FAULT);
  CHECK_ERROR(raw_fd_pread(file, bad, 1, 0, address(text)), FAULT);
  CHECK_ERROR(raw_fd_pwrite(file, bad, 1, 0, address(text)), FAULT);
  CHECK_ERROR(raw_fd_write(file, address(good), 1, bad), FAULT);
  CHECK_ERROR(raw_fd_readdir(GIVEN, bad, 100, 0, address(text)), FAULT);
  CHECK_ERROR(raw_fd_seek(file, 0, 0, bad), FAULT);
  CHECK_ERROR(raw_fd_tell(file, bad), FAULT);
  CHECK_ERROR(raw_path_create_directory(GIVEN, bad, 3), FAULT);
  CHECK_ERROR(raw_path_filestat_get(GIVEN, 0, bad, 3, address(text)), FAULT);
  CHECK_ERROR(raw_path_filestat_get(GIVEN, 0, address("file"), 4, bad), FAULT);
  CHECK_ERROR(raw_path_filestat_set_times(GIVEN, 0, bad, 3, 0, 0, 0), FAULT);
  CHECK_ERROR(raw_path_link(GIVEN, 0, bad, 3, GIVEN, address("n"), 1), FAULT);
  CHECK_ERROR(raw_path_link(GIVEN, 0, address("file"), 4, GIVEN, bad, 3), FAULT);
  CHECK_ERROR(raw_path_open(GIVEN, 0, (void*)(intptr_t)bad, 3, 0, 0, 0, 0, text), FAULT);
  CHECK_ERROR(raw_path_open(GIVEN, 0, "file", 4, 0, 0, 0, 0, (void*)(intptr_t)bad), FAULT);
  CHECK_ERROR(raw_path_readlink(GIVEN, bad, 3, address(text), 3, address(text)), FAULT);
  CHECK_ERROR(raw_path_readlink(GIVEN, address("link"), 4, bad, 30, address(text)), FAULT);
  CHECK_ERROR(raw_path_remove_directory(GIVEN, bad, 3), FAULT);
  CHECK_ERROR(raw_path_rename(GIVEN, bad, 3, GIVEN, address("n"), 1), FAULT);
  CHECK_ERROR(raw_path_rename(GIVEN, address("file"), 4, GIVEN, bad, 3), FAULT);
  CHECK_ERROR(raw_path_symlink(bad, 3, GIVEN, address("n"), 1), FAULT);
  CHECK_ERROR(raw_path_symlink(address("a"), 1, GIVEN, bad, 3), FAULT);
  CHECK_ERROR(raw_path_unlink_file(GIVEN, bad, 3), FAULT);
  CHECK_ERROR(raw_poll_oneoff(bad, address(text), 1, address(text)), FAULT);
  CHECK_ERROR(raw_random_get(bad, 100), FAULT);
  __wasi_iovec_t wrong = {(uint8_t*)(intptr_t)bad, 100};
  CHECK_ERROR(raw_fd_write(file, address(&wrong), 1, address(text)), FAULT);
  CHECK_ERROR(raw_fd_pread(file, address(&wrong), 1, 0, address(text)), FAULT);
}

// The sum of address and length, or of lengths, is beyond 32 bits.
static void wrapping_lengths(void) {
  CHECK_ERROR(raw_random_get(address(text), -1), FAULT);
  CHECK_ERROR(raw_path_unlink_file(GIVEN, address(text), -1), __WASI_ERRNO_NAMETOOLONG);
  CHECK_ERROR(raw_poll_oneoff(address(text), address(text), -1, address(text)),
              __WASI_ERRNO_NOMEM);
  CHECK_ERROR(raw_poll_oneoff(address(text), address(text), 0, address(text)), __WASI_ERRNO_INVAL);
  CHECK_ERROR(raw_fd_readdir(GIVEN, (i)0xffff0000, -1, 0, address(text)), FAULT);
  __wasi_iovec_t two[2] = {{(uint8_t*)text, 0x80000000}, {(uint8_t*)text, 0x80000000}};
  const i wrote = raw_fd_write(file, address(two), 2, address(text));
  CHECK(wrote == __WASI_ERRNO_INVAL || wrote == FAULT);
  // More buffers than Linux takes are a short transfer of the first ones.
  static __wasi_iovec_t many[2000];
  for (int n = 0; n < 2000; ++n) many[n] = (__wasi_iovec_t){(uint8_t*)text, 1};
  uint32_t num_bytes = 0;
  CHECK_ERROR(raw_fd_pwrite(file, address(many), 2000, 0, address(&num_bytes)), 0);
  CHECK(num_bytes == 1024);
}

static void closed_descriptors(i fd) {
  const i out = address(text);
  CHECK_ERROR(raw_fd_advise(fd, 0, 0, 0), BADF);
  CHECK_ERROR(raw_fd_allocate(fd, 0, 1), BADF);
  CHECK_ERROR(raw_fd_close(fd), BADF);
  CHECK_ERROR(raw_fd_datasync(fd), BADF);
  CHECK_ERROR(raw_fd_fdstat_get(fd, out), BADF);
  CHECK_ERROR(raw_fd_fdstat_set_flags(fd, 0), BADF);
  CHECK_ERROR(raw_fd_fdstat_set_rights(fd, 0, 0), BADF);
  CHECK_ERROR(raw_fd_filestat_get(fd, out), BADF);
  CHECK_ERROR(raw_fd_filestat_set_size(fd, 0), BADF);
  CHECK_ERROR(raw_fd_filestat_set_times(fd, 0, 0, 0), BADF);
  CHECK_ERROR(raw_fd_pread(fd, address(good), 1, 0, out), BADF);
  CHECK_ERROR(raw_fd_prestat_get(fd, out), BADF);
  CHECK_ERROR(raw_fd_prestat_dir_name(fd, out, 10), BADF);
  CHECK_ERROR(raw_fd_pwrite(fd, address(good), 1, 0, out), BADF);
  CHECK_ERROR(raw_fd_read(fd, address(good), 1, out), BADF);
  CHECK_ERROR(raw_fd_readdir(fd, out, 10, 0, out), BADF);
  CHECK_ERROR(raw_fd_renumber(fd, GIVEN), BADF);
  CHECK_ERROR(raw_fd_renumber(GIVEN, fd), BADF);
  CHECK_ERROR(raw_fd_seek(fd, 0, 0, out), BADF);
  CHECK_ERROR(raw_fd_sync(fd), BADF);
  CHECK_ERROR(raw_fd_tell(fd, out), BADF);
  CHECK_ERROR(raw_fd_write(fd, address(good), 1, out), BADF);
  CHECK_ERROR(raw_path_create_directory(fd, address("n"), 1), BADF);
  CHECK_ERROR(raw_path_filestat_get(fd, 0, address("n"), 1, out), BADF);
  CHECK_ERROR(raw_path_filestat_set_times(fd, 0, address("n"), 1, 0, 0, 0), BADF);
  CHECK_ERROR(raw_path_link(fd, 0, address("n"), 1, GIVEN, address("n"), 1), BADF);
  CHECK_ERROR(raw_path_link(GIVEN, 0, address("n"), 1, fd, address("n"), 1), BADF);
  CHECK_ERROR(raw_path_open(fd, 0, "n", 1, 0, 0, 0, 0, text), BADF);
  CHECK_ERROR(raw_path_readlink(fd, address("n"), 1, out, 1, out), BADF);
  CHECK_ERROR(raw_path_remove_directory(fd, address("n"), 1), BADF);
  CHECK_ERROR(raw_path_rename(fd, address("n"), 1, GIVEN, address("n"), 1), BADF);
  CHECK_ERROR(raw_path_rename(GIVEN, address("n"), 1, fd, address("n"), 1), BADF);
  CHECK_ERROR(raw_path_symlink(address("n"), 1, fd, address("n"), 1), BADF);
  CHECK_ERROR(raw_path_unlink_file(fd, address("n"), 1), BADF);
  CHECK_ERROR(raw_sock_accept(fd, 0, out), BADF);
  CHECK_ERROR(raw_sock_recv(fd, address(good), 1, 0, out, out), BADF);
  CHECK_ERROR(raw_sock_send(fd, address(good), 1, 0, out), BADF);
  CHECK_ERROR(raw_sock_shutdown(fd, 1), BADF);
}

int main(void) {
  int fd;
  CHECK_ERROR(open_at(GIVEN, "file", 0, __WASI_OFLAGS_CREAT, &fd), 0);
  file = fd;
  CHECK_ERROR(__wasi_path_symlink("file", GIVEN, "link"), 0);
  good[0] = (__wasi_iovec_t){(uint8_t*)text, sizeof text};
  for (unsigned n = 0; n < sizeof bad_addresses / sizeof bad_addresses[0]; ++n)
    bad_pointers(bad_addresses[n]);
  wrapping_lengths();
  const i closed[] = {CLOSED, HUGE_FD, -1};
  for (unsigned n = 0; n < 3; ++n) closed_descriptors(closed[n]);
  return 0;
}
