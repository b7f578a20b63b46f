// file.*: one call on a file in memory, argv[2]; open and stat name the file argv[3].
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../timing.h"

static int file;
static const char* path;
static char bytes[4096];

static void get_pid(void) { (void)syscall(SYS_getpid); }
static void get_flags(void) { MUST(fcntl(file, F_GETFL) >= 0); }
static void get_time(void) {
  struct timespec now;
  MUST(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
}
static void seek(void) { MUST(lseek(file, 0, SEEK_SET) == 0); }
static void pread_1(void) { MUST(pread(file, bytes, 1, 0) == 1); }
static void pread_4k(void) { MUST(pread(file, bytes, sizeof(bytes), 0) == sizeof(bytes)); }
static void pwrite_1(void) { MUST(pwrite(file, bytes, 1, 0) == 1); }
static void pwrite_4k(void) { MUST(pwrite(file, bytes, sizeof(bytes), 0) == sizeof(bytes)); }
static int zero;
static void read_1(void) { MUST(read(zero, bytes, 1) == 1); }
static void read_4k(void) { MUST(read(zero, bytes, sizeof(bytes)) == sizeof(bytes)); }
static int null;
static void write_1(void) { MUST(write(null, bytes, 1) == 1); }
static void write_4k(void) { MUST(write(null, bytes, sizeof(bytes)) == sizeof(bytes)); }
static void open_close(void) {
  const int fd = open(path, O_RDONLY);
  MUST(fd >= 0 && close(fd) == 0);
}
static void stat_path(void) {
  struct stat status;
  MUST(stat(path, &status) == 0);
}
static void lock_record(void) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 8};
  MUST(fcntl(file, F_SETLK, &lock) == 0);
  lock.l_type = F_UNLCK;
  MUST(fcntl(file, F_SETLK, &lock) == 0);
}

static const struct {
  const char* name;
  void (*operation)(void);
} kOperations[] = {
    {"getpid", get_pid},     {"getfl", get_flags},     {"clock", get_time},
    {"lseek", seek},         {"read.1", read_1},       {"read.4k", read_4k},
    {"write.1", write_1},    {"write.4k", write_4k},   {"pread.1", pread_1},
    {"pread.4k", pread_4k},  {"pwrite.1", pwrite_1},   {"pwrite.4k", pwrite_4k},
    {"open", open_close},    {"stat", stat_path},      {"lock", lock_record},
};

int main(int argc, char** argv) {
  MUST(argc > 3);
  path = argv[3];
  file = memfd_create("bench", 0);
  zero = open("/dev/zero", O_RDONLY);
  null = open("/dev/null", O_WRONLY);
  MUST(file >= 0 && zero >= 0 && null >= 0 && write(file, bytes, sizeof(bytes)) > 0);
  for (size_t i = 0; i < sizeof(kOperations) / sizeof(kOperations[0]); ++i) {
    if (strcmp(kOperations[i].name, argv[2]) != 0) continue;
    run_operation(kOperations[i].operation, atoi(argv[1]), 20000);
    return 0;
  }
  return 1;
}
