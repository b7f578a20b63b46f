// Calls that answer from what the process is: names, limits, times, clocks.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

int main(void) {
  CHECK(getpid() == syscall(SYS_gettid) && getppid() > 0 && getppid() != getpid());
  CHECK(getuid() == geteuid() && getgid() == getegid());
  uid_t r, e, s;
  CHECK(getresuid(&r, &e, &s) == 0 && r == e && e == s);
  CHECK(setuid(getuid()) == 0 && setgid(getgid()) == 0);

  char name[16];
  CHECK(prctl(PR_SET_NAME, "a name that is too long") == 0 && prctl(PR_GET_NAME, name) == 0);
  printf("name [%s]\n", name);
  CHECK_FAILS(prctl(0x7777, 0), EINVAL);

  struct utsname uts;
  CHECK(uname(&uts) == 0);
  printf("system %s\n", uts.sysname);
  CHECK_FAILS(syscall(SYS_uname, 16), EFAULT);

  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 64);
  limit.rlim_cur = 20;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK_FAILS(dup2(0, 20), EBADF);
  CHECK_FAILS(fcntl(0, F_DUPFD, 20), EINVAL);
  CHECK(dup2(0, 19) == 19);
  CHECK_FAILS(fcntl(0, F_DUPFD, 19), EMFILE);
  limit.rlim_cur = limit.rlim_max;
  limit.rlim_max = 10;
  CHECK_FAILS(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
  CHECK_FAILS(getrlimit(99, &limit), EINVAL);

  struct timespec a, b;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && clock_gettime(CLOCK_MONOTONIC, &b) == 0);
  CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
  struct timeval tv;
  CHECK(clock_gettime(CLOCK_REALTIME, &a) == 0 && gettimeofday(&tv, NULL) == 0);
  CHECK(tv.tv_sec - a.tv_sec <= 1 && time(NULL) - tv.tv_sec <= 1);
  CHECK_FAILS(clock_gettime(77, &a), EINVAL);
  CHECK(clock_getres(CLOCK_MONOTONIC, &a) == 0 && a.tv_sec == 0 && a.tv_nsec > 0);
  volatile unsigned work = 0;
  do {
    for (int i = 0; i < 100000; i++)
      work += (unsigned)i;
    CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a) == 0);
  } while (a.tv_nsec < 20000000 && a.tv_sec == 0);
  CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b) == 0 && (b.tv_sec > 0 || b.tv_nsec > 10000000));
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  CHECK(usage.ru_utime.tv_sec > 0 || usage.ru_utime.tv_usec + usage.ru_stime.tv_usec > 10000);
  struct tms ticks;
  CHECK(times(&ticks) != (clock_t)-1 && ticks.tms_cutime == 0);

  char bytes[32] = {0};
  CHECK(getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes));
  int sum = 0;
  for (int i = 0; i < 32; i++)
    sum |= bytes[i];
  CHECK(sum != 0);
  CHECK_FAILS(getrandom(bytes, 1, 0x100), EINVAL);
  struct sysinfo info;
  CHECK(sysinfo(&info) == 0 && info.totalram > 0 && info.procs > 0);
  CHECK(sched_yield() == 0);
  cpu_set_t cpus;
  CHECK(sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 0);
  printf("done\n");
  return 0;
}
