/* utimensat, futimens, utimes, utime. */
#include <sys/time.h>
#include <utime.h>

#include "transcript.h"

static void times_of(const char* path) {
  struct stat status;
  NEED(lstat(path, &status));
  printf("%s: %lld.%09ld %lld.%09ld\n", path, (long long)status.st_atim.tv_sec,
         (long)status.st_atim.tv_nsec, (long long)status.st_mtim.tv_sec,
         (long)status.st_mtim.tv_nsec);
}

int main(void) {
  begin();
  put_file("file", "x");
  NEED(symlink("file", "link"));
  NEED(symlink("missing", "dangling"));
  struct timespec times[2] = {{1000000001, 123456789}, {2000000002, 999999999}};
  SHOW(utimensat(AT_FDCWD, "file", times, 0));
  times_of("file");
  times[0].tv_sec = -5;
  times[1].tv_sec = 5000000000LL;
  SHOW(utimensat(AT_FDCWD, "link", times, 0));
  times_of("file");
  times[0] = (struct timespec){7, UTIME_OMIT};
  times[1] = (struct timespec){42, 0};
  SHOW(utimensat(AT_FDCWD, "file", times, 0));
  times_of("file");
  times[0] = (struct timespec){11, 11};
  SHOW(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW));
  times_of("link");
  times_of("file");
  SHOW(utimensat(AT_FDCWD, "dangling", times, 0));
  SHOW(utimensat(AT_FDCWD, "dangling", times, AT_SYMLINK_NOFOLLOW));
  SHOW(utimensat(AT_FDCWD, "missing", times, 0));
  SHOW(utimensat(AT_FDCWD, "file/", times, 0));
  SHOW(utimensat(AT_FDCWD, "file", times, 1));
  times[0].tv_nsec = 1000000000;
  SHOW(utimensat(AT_FDCWD, "file", times, 0));
  times[0].tv_nsec = -1;
  SHOW(utimensat(AT_FDCWD, "file", times, 0));
  times[0].tv_nsec = times[1].tv_nsec = UTIME_OMIT;
  SHOW(utimensat(AT_FDCWD, "missing", times, 0));
  SHOW(open("file", O_RDONLY));
  times[0] = (struct timespec){21, 0};
  times[1] = (struct timespec){22, 0};
  SHOW(futimens(3, times));
  times_of("file");
  SHOW(futimens(40, times));
  SHOW(close(3));

  struct timeval old[2] = {{31, 500000}, {32, 999999}};
  SHOW(utimes("file", old));
  times_of("file");
  SHOW(futimesat(AT_FDCWD, "file", old));
  old[0].tv_usec = 1000000;
  SHOW(utimes("file", old));
  struct utimbuf oldest = {51, 52};
  SHOW(utime("file", &oldest));
  times_of("file");
  SHOW(utime("file", NULL));
  struct stat status;
  NEED(stat("file", &status));
  printf("now: %d\n", status.st_mtim.tv_sec > 1000000000);

  NEED(unlink("file"));
  NEED(unlink("link"));
  NEED(unlink("dangling"));
  return end();
}
