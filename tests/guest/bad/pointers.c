/* Every call with a pointer, with pointers that are bad in every way: null, below everything, at the
 * end of a mapping, into a page without rights, into one that cannot be written, beyond the address
 * space.  The errors must be Linux's; a call that Linux lets succeed must succeed. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "../check.h"

enum { kPage = 4096, kWraps = 6 };

static char* good;       /* a page that can be read and written, then nothing */
static char* none;       /* a page without rights */
static char* read_only;  /* of zeros */

struct kind {
  const char* name;
  char* address;
};
static struct kind kinds[8];
static int num_kinds;

static void kind(const char* name, char* address) {
  kinds[num_kinds].name = name;
  kinds[num_kinds++].address = address;
}

static void report(const char* how, long result) {
  printf(" %s:%s", how, result == -1 ? strerrorname_np(errno) : "ok");
}

/* `p` runs over the bad pointers. */
#define SWEEP(what, call)                        \
  do {                                           \
    printf("%s", what);                          \
    for (int k = 0; k < num_kinds; ++k) {        \
      char* const p = kinds[k].address;          \
      (void)p;                                   \
      memset(good, 'g', kPage);                  \
      errno = 0;                                 \
      const long result = (call);                \
      report(kinds[k].name, result);             \
    }                                            \
    printf("\n");                                \
  } while (0)

static void files(int fd, int dir) {
  struct iovec one = {good, 4};
  SWEEP("read", ({
          lseek(fd, 0, SEEK_SET);
          syscall(SYS_read, fd, p, 8);
        }));
  SWEEP("pread", syscall(SYS_pread64, fd, p, 64, 0l));
  SWEEP("write", syscall(SYS_write, fd, p, 8));
  SWEEP("pwrite", syscall(SYS_pwrite64, fd, p, 64, 0l));
  SWEEP("readv", syscall(SYS_readv, fd, p, 1));
  SWEEP("writev", syscall(SYS_writev, fd, p, 1));
  SWEEP("readv into", ({
          /* Inside a guest's address space the last page is one that is not mapped. */
          struct iovec v[2] = {one, {k == kWraps ? good + kPage : p, 8}};
          lseek(fd, 8, SEEK_SET);
          syscall(SYS_readv, fd, v, 2);
        }));
  SWEEP("writev from", ({
          struct iovec v[1] = {{p, 8}};
          syscall(SYS_writev, fd, v, 1);
        }));
  SWEEP("open", syscall(SYS_open, p, O_RDONLY));
  SWEEP("openat", syscall(SYS_openat, dir, p, O_RDONLY));
  SWEEP("openat2 path", ({
          struct open_how how = {0};
          syscall(SYS_openat2, dir, p, &how, sizeof(how));
        }));
  SWEEP("openat2 how", syscall(SYS_openat2, dir, "f", p, sizeof(struct open_how)));
  SWEEP("stat path", syscall(SYS_stat, p, good));
  SWEEP("stat", syscall(SYS_stat, "f", p));
  SWEEP("lstat", syscall(SYS_lstat, "f", p));
  SWEEP("fstat", syscall(SYS_fstat, fd, p));
  SWEEP("newfstatat", syscall(SYS_newfstatat, dir, "f", p, 0));
  SWEEP("statx path", syscall(SYS_statx, dir, p, 0, STATX_ALL, good));
  SWEEP("statx", syscall(SYS_statx, dir, "f", 0, STATX_ALL, p));
  SWEEP("statfs", syscall(SYS_statfs, "f", p));
  SWEEP("fstatfs", syscall(SYS_fstatfs, fd, p));
  SWEEP("access", syscall(SYS_access, p, R_OK));
  SWEEP("faccessat2", syscall(SYS_faccessat2, dir, p, R_OK, 0));
  SWEEP("readlink path", syscall(SYS_readlink, p, good, 64));
  SWEEP("readlink", syscall(SYS_readlink, "l", p, 64));
  SWEEP("getdents64", ({
          lseek(dir, 0, SEEK_SET);
          syscall(SYS_getdents64, dir, p, 4096);
        }));
  SWEEP("mkdir", syscall(SYS_mkdir, p, 0755));
  SWEEP("rmdir", syscall(SYS_rmdir, p));
  SWEEP("unlink", syscall(SYS_unlink, p));
  SWEEP("unlinkat", syscall(SYS_unlinkat, dir, p, 0));
  SWEEP("rename from", syscall(SYS_rename, p, "x"));
  SWEEP("rename to", syscall(SYS_rename, "missing", p));
  SWEEP("renameat2", syscall(SYS_renameat2, dir, p, dir, p, 0));
  SWEEP("link", syscall(SYS_link, "missing", p));
  SWEEP("linkat", syscall(SYS_linkat, dir, p, dir, "x", 0));
  SWEEP("symlink", syscall(SYS_symlink, p, "missing/x"));
  SWEEP("symlink to", syscall(SYS_symlink, "a", p));
  SWEEP("mknod", syscall(SYS_mknod, p, S_IFIFO | 0600, 0));
  SWEEP("chmod", syscall(SYS_chmod, p, 0644));
  SWEEP("chown", syscall(SYS_chown, p, -1, -1));
  SWEEP("truncate", syscall(SYS_truncate, p, 4l));
  SWEEP("chdir", syscall(SYS_chdir, p));
  SWEEP("getcwd", syscall(SYS_getcwd, p, 4096));
  SWEEP("utimensat path", syscall(SYS_utimensat, dir, p, NULL, 0));
  SWEEP("utimensat", syscall(SYS_utimensat, dir, "f", p, 0));
  SWEEP("utime", syscall(SYS_utime, "f", p));
  SWEEP("utimes", syscall(SYS_utimes, "f", p));
  SWEEP("pipe", syscall(SYS_pipe2, p, 0));
  SWEEP("fcntl lock", syscall(SYS_fcntl, fd, F_GETLK, p));
  SWEEP("fcntl ofd", syscall(SYS_fcntl, fd, F_OFD_GETLK, p));
  SWEEP("sendfile", syscall(SYS_sendfile, fd, fd, p, 0));
  SWEEP("copy_file_range", syscall(SYS_copy_file_range, fd, p, fd, NULL, 0, 0));
  SWEEP("memfd_create", syscall(SYS_memfd_create, p, 0));
  SWEEP("setxattr name", syscall(SYS_fsetxattr, fd, p, "v", 1, 0));
  SWEEP("setxattr value", syscall(SYS_fsetxattr, fd, "user.v", p, 8, 0));
  SWEEP("inotify_add_watch", ({
          const int watcher = (int)syscall(SYS_inotify_init1, 0);
          const long result = syscall(SYS_inotify_add_watch, watcher, p, 2);
          const int error = errno;
          close(watcher);
          errno = error;
          result;
        }));
}

static void readiness(int fd) {
  struct timespec now = {0};
  SWEEP("poll", syscall(SYS_poll, p, 1, 0));
  SWEEP("ppoll time", syscall(SYS_ppoll, NULL, 0, kinds[k].address == NULL ? (char*)&now : p, NULL, 8));
  SWEEP("ppoll mask", syscall(SYS_ppoll, NULL, 0, &now, p, 8));
  SWEEP("select", ({
          struct timeval t = {0};
          syscall(SYS_select, 4, p, NULL, NULL, &t);
        }));
  SWEEP("select time", syscall(SYS_select, 0, NULL, NULL, NULL, p == NULL ? (char*)&now : p));
  const int ep = (int)syscall(SYS_epoll_create1, 0);
  SWEEP("epoll_ctl", syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd, p));
  struct epoll_event event = {.events = EPOLLIN};
  const int full = (int)syscall(SYS_eventfd2, 1, 0);
  CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, full, &event) == 0);
  SWEEP("epoll_wait", syscall(SYS_epoll_wait, ep, p, 4, 0));
  close(ep);
  SWEEP("timerfd_settime", ({
          const int t = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
          const long result = syscall(SYS_timerfd_settime, t, 0, p, NULL);
          const int error = errno;
          close(t);
          errno = error;
          result;
        }));
  SWEEP("signalfd4", ({
          const long result = syscall(SYS_signalfd4, -1, p, 8, 0);
          const int error = errno;
          if (result >= 0) close((int)result);
          errno = error;
          result;
        }));
}

static void processes(void) {
  static char* const argv[] = {NULL};
  struct timespec zero = {0};
  SWEEP("execve path", syscall(SYS_execve, p, argv, argv));
  SWEEP("wait4 status", syscall(SYS_wait4, -1, p, WNOHANG, NULL));
  SWEEP("waitid", syscall(SYS_waitid, P_ALL, 0, p, WNOHANG | WEXITED, NULL));
  SWEEP("rt_sigaction", syscall(SYS_rt_sigaction, SIGUSR1, p, NULL, 8));
  SWEEP("rt_sigaction old", syscall(SYS_rt_sigaction, SIGUSR1, NULL, p, 8));
  SWEEP("rt_sigprocmask", syscall(SYS_rt_sigprocmask, SIG_BLOCK, p, NULL, 8));
  SWEEP("rt_sigpending", syscall(SYS_rt_sigpending, p, 8));
  SWEEP("rt_sigtimedwait", p == NULL ? 0 : syscall(SYS_rt_sigtimedwait, p, NULL, &zero, 8));
  SWEEP("sigaltstack old", syscall(SYS_sigaltstack, NULL, p));
  SWEEP("nanosleep", syscall(SYS_nanosleep, p, NULL));
  SWEEP("clock_gettime", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, p));
  SWEEP("clock_getres", syscall(SYS_clock_getres, CLOCK_MONOTONIC, p));
  SWEEP("clock_nanosleep", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, p, NULL));
  SWEEP("gettimeofday", syscall(SYS_gettimeofday, p, NULL));
  SWEEP("time", syscall(SYS_time, p) == -1 ? -1 : 0);
  SWEEP("times", syscall(SYS_times, p) == -1 ? -1 : 0);
  SWEEP("getitimer", syscall(SYS_getitimer, ITIMER_REAL, p));
  SWEEP("setitimer", syscall(SYS_setitimer, ITIMER_VIRTUAL, p, NULL));
  SWEEP("timer_create", syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, p));
  SWEEP("getrlimit", syscall(SYS_getrlimit, RLIMIT_NOFILE, p));
  SWEEP("setrlimit", syscall(SYS_setrlimit, RLIMIT_CORE, p));
  SWEEP("prlimit64", syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, p));
  SWEEP("getrusage", syscall(SYS_getrusage, RUSAGE_SELF, p));
  SWEEP("sysinfo", syscall(SYS_sysinfo, p));
  SWEEP("uname", syscall(SYS_uname, p));
  SWEEP("getresuid", syscall(SYS_getresuid, p, p, p));
  SWEEP("getgroups", syscall(SYS_getgroups, 0, p));
  SWEEP("getrandom", syscall(SYS_getrandom, p, 8, 0));
  SWEEP("sched_getparam", syscall(SYS_sched_getparam, 0, p));
  SWEEP("sched_getaffinity", syscall(SYS_sched_getaffinity, 0, 128, p));
  SWEEP("getcpu", syscall(SYS_getcpu, p, NULL));
  SWEEP("prctl name", syscall(SYS_prctl, 15, p, 0, 0, 0));
  SWEEP("futex wait", p == read_only ? 0 : syscall(SYS_futex, p, 0, 1, &zero, NULL, 0));
  SWEEP("futex time", p == NULL ? 0 : syscall(SYS_futex, good, 0, 0x1234567, p, NULL, 0));
}

static void memory(void) {
  SWEEP("mincore", syscall(SYS_mincore, read_only, 4096, p));
  SWEEP("msgsnd", ({
          const int queue = msgget(IPC_PRIVATE, 0600);
          const long result = syscall(SYS_msgsnd, queue, p, 100, IPC_NOWAIT);
          const int error = errno;
          msgctl(queue, IPC_RMID, NULL);
          errno = error;
          result;
        }));
  SWEEP("semop", ({
          const int set = semget(IPC_PRIVATE, 1, 0600);
          const long result = syscall(SYS_semop, set, p, 4);
          const int error = errno;
          semctl(set, 0, IPC_RMID);
          errno = error;
          result;
        }));
  SWEEP("shmctl", ({
          const int segment = shmget(IPC_PRIVATE, 100, 0600);
          const long result = syscall(SYS_shmctl, segment, IPC_STAT, p);
          const int error = errno;
          shmctl(segment, IPC_RMID, NULL);
          errno = error;
          result;
        }));
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  char* const area =
      mmap(NULL, 8 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(area != MAP_FAILED);
  good = area;
  none = area + 2 * kPage;
  read_only = area + 4 * kPage;
  CHECK(munmap(area + kPage, kPage) == 0);
  CHECK(mprotect(none, kPage, PROT_NONE) == 0);
  CHECK(munmap(area + 3 * kPage, kPage) == 0);
  CHECK(mprotect(read_only, kPage, PROT_READ) == 0);
  CHECK(munmap(area + 5 * kPage, 3 * kPage) == 0);
  memset(good, 'g', kPage);

  kind("null", NULL);
  kind("low", (char*)16);
  kind("edge", good + kPage - 1);
  kind("hole", good + kPage);
  kind("none", none);
  kind("last", (char*)UINTPTR_MAX);
  kind("wraps", (char*)(UINTPTR_MAX - 4095));
  kind("read-only", read_only);

  const int fd = open("f", O_RDWR | O_CREAT, 0644);
  CHECK(fd >= 0 && write(fd, "0123456789abcdef", 16) == 16);
  CHECK(symlink("f", "l") == 0);
  const int dir = open(".", O_RDONLY | O_DIRECTORY);
  files(fd, dir);
  readiness(fd);
  processes();
  memory();
  return 0;
}
