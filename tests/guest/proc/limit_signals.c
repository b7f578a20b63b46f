// Limits that signal: file size and CPU time.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t too_large, warnings;
static void note_size(int signo) {
  (void)signo;
  too_large++;
}
static void note_cpu(int signo) {
  (void)signo;
  warnings++;
}

static void file_size(void) {
  static char bytes[3000];
  struct rlimit limit = {.rlim_cur = 4000, .rlim_max = RLIM_INFINITY};
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  signal(SIGXFSZ, note_size);
  int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
  CHECK(fd >= 0 && write(fd, bytes, 3000) == 3000);
  printf("second write %zd\n", write(fd, bytes, 3000));
  CHECK_FAILS(write(fd, bytes, 1), EFBIG);
  CHECK_FAILS(pwrite(fd, bytes, 10, 5000), EFBIG);
  printf("pwrite across %zd\n", pwrite(fd, bytes, 100, 3950));
  struct iovec parts[] = {{bytes, 30}, {bytes, 30}};
  CHECK(lseek(fd, 3960, SEEK_SET) == 3960);
  printf("writev across %zd\n", writev(fd, parts, 2));
  CHECK_FAILS(writev(fd, parts, 2), EFBIG);
  CHECK_FAILS(ftruncate(fd, 4001), EFBIG);
  CHECK_FAILS(truncate("file", 5000), EFBIG);
  CHECK(ftruncate(fd, 4000) == 0);
  int end = open("file", O_WRONLY | O_APPEND);
  CHECK_FAILS(write(end, bytes, 1), EFBIG);
  CHECK(write(end, bytes, 0) == 0);
  int ends[2];
  CHECK(pipe(ends) == 0 && write(ends[1], bytes, 3000) == 3000);
  printf("signals %d\n", (int)too_large);
  signal(SIGXFSZ, SIG_DFL);
  pid_t pid = fork();
  if (pid == 0) {
    (void)!write(end, bytes, 1);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("without a handler: %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
}

static void cpu_time(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    signal(SIGXCPU, note_cpu);
    struct rlimit limit = {.rlim_cur = 1, .rlim_max = 2};
    CHECK(setrlimit(RLIMIT_CPU, &limit) == 0);
    volatile unsigned work = 0;
    while (warnings == 0) work++;
    CHECK(write(1, "warned\n", 7) == 7);
    for (;;) work++;
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("killed %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  file_size();
  cpu_time();
  return 0;
}
