// timer_create with every kind of notice, overruns, CPU time timers and clocks, timerfd.
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t rings, last_value, last_code, right_thread;
static volatile int last_id, overrun;
static pthread_t expected;

static void ring(int signo, siginfo_t *info, void *context) {
  (void)signo;
  (void)context;
  rings++;
  last_value = info->si_value.sival_int;
  last_code = info->si_code;
  if (overrun < 0) overrun = info->si_overrun;
  last_id = info->si_timerid;
  right_thread = pthread_equal(pthread_self(), expected);
}

static void set(timer_t timer, long first_ns, long interval_ns) {
  struct itimerspec value = {.it_interval = {0, interval_ns}, .it_value = {0, first_ns}};
  CHECK(timer_settime(timer, 0, &value, NULL) == 0);
}

static void by_signal(void) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
  event.sigev_value.sival_int = 77;
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  rings = 0;
  expected = pthread_self();
  set(timer, 2000000, 2000000);
  while (rings < 3)
    pause();
  printf("signal: value %d code %d thread %d\n", (int)last_value, last_code == SI_TIMER,
         (int)right_thread);
  struct itimerspec left;
  CHECK(timer_gettime(timer, &left) == 0);
  CHECK(left.it_interval.tv_nsec == 2000000 && left.it_value.tv_nsec <= 2000000);
  set(timer, 0, 0);
  CHECK(timer_gettime(timer, &left) == 0 && left.it_value.tv_nsec == 0);

  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGRTMIN + 1);
  CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
  set(timer, 1000000, 1000000);
  usleep(30000);
  overrun = -1;
  CHECK(sigprocmask(SIG_UNBLOCK, &mask, NULL) == 0);
  printf("overrun %d\n", overrun >= 10);
  set(timer, 0, 0);

  struct itimerspec past = {.it_value = {1, 0}};
  int before = rings;
  CHECK(timer_settime(timer, TIMER_ABSTIME, &past, NULL) == 0);
  while (rings == before)
    pause();
  CHECK(timer_delete(timer) == 0);
  CHECK_FAILS(timer_delete(timer), EINVAL);
  CHECK_FAILS(timer_gettime(timer, &left), EINVAL);
}

static sem_t done;
static void in_thread(union sigval value) {
  printf("thread: value %d\n", value.sival_int);
  sem_post(&done);
}

static void by_thread(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD};
  event.sigev_value.sival_int = 5;
  event.sigev_notify_function = in_thread;
  timer_t timer;
  CHECK(sem_init(&done, 0, 0) == 0);
  CHECK(timer_create(CLOCK_REALTIME, &event, &timer) == 0);
  set(timer, 1000000, 0);
  while (sem_wait(&done) != 0) {
  }
  CHECK(timer_delete(timer) == 0);
}

static void *wait_for_ring(void *argument) {
  int before = rings;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  timer_t timer;
  expected = pthread_self();
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  set(timer, 5000000, 0);
  while (rings == before)
    usleep(1000);
  printf("thread id: right thread %d\n", (int)right_thread);
  CHECK(timer_delete(timer) == 0);
  return argument;
}

static void to_nobody(void) {
  struct sigevent event = {.sigev_notify = SIGEV_NONE};
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  set(timer, 1000000, 0);
  struct itimerspec left;
  do {
    CHECK(timer_gettime(timer, &left) == 0);
  } while (left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0);
  puts("none");
  CHECK(timer_delete(timer) == 0);

  CHECK_FAILS(timer_create(12345, &event, &timer), EINVAL);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = 100;
  CHECK_FAILS(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
  CHECK(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0);
  struct itimerspec bad = {.it_value = {0, 1000000000}};
  CHECK_FAILS(timer_settime(timer, 0, &bad, NULL), EINVAL);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    CHECK_FAILS(timer_gettime(timer, &left), EINVAL);  // not inherited
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void spin(int count) {
  while (rings < count) {
    for (volatile int i = 0; i < 1000; i++) {
    }
  }
}

static void cpu_time(void) {
  rings = 0;
  struct itimerval interval = {.it_interval = {0, 5000}, .it_value = {0, 5000}};
  CHECK(setitimer(ITIMER_PROF, &interval, NULL) == 0);
  spin(3);
  memset(&interval, 0, sizeof(interval));
  CHECK(setitimer(ITIMER_PROF, &interval, NULL) == 0);
  rings = 0;
  interval.it_value.tv_usec = 5000;
  CHECK(setitimer(ITIMER_VIRTUAL, &interval, NULL) == 0);
  spin(1);
  puts("profiled");
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  CHECK(timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0);
  rings = 0;
  set(timer, 5000000, 0);
  spin(1);
  clockid_t clock;
  struct timespec one, two;
  CHECK(clock_getcpuclockid(getpid(), &clock) == 0);
  CHECK(clock_gettime(clock, &one) == 0);
  CHECK(pthread_getcpuclockid(pthread_self(), &clock) == 0);
  CHECK(clock_gettime(clock, &two) == 0);
  printf("cpu clocks %d\n", one.tv_sec + one.tv_nsec > 0 && two.tv_sec + two.tv_nsec > 0);
  CHECK(clock_getcpuclockid(30001, &clock) == ESRCH);
}

static void by_descriptor(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  CHECK(fd >= 0);
  uint64_t count;
  CHECK_FAILS(read(fd, &count, sizeof(count)), EAGAIN);
  struct itimerspec value = {.it_interval = {0, 1000000}, .it_value = {0, 1000000}};
  CHECK(timerfd_settime(fd, 0, &value, NULL) == 0);
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  CHECK(poll(&poll_fd, 1, -1) == 1 && poll_fd.revents == POLLIN);
  CHECK(read(fd, &count, sizeof(count)) == 8 && count >= 1);
  CHECK(timerfd_gettime(fd, &value) == 0 && value.it_interval.tv_nsec == 1000000);
  CHECK_FAILS(timerfd_gettime(0, &value), EINVAL);
  CHECK_FAILS(timerfd_gettime(99, &value), EBADF);
  CHECK_FAILS(timerfd_create(77, 0), EINVAL);
  puts("timerfd");
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = ring, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGRTMIN + 1, &action, NULL) == 0);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(sigaction(SIGPROF, &action, NULL) == 0);
  CHECK(sigaction(SIGVTALRM, &action, NULL) == 0);
  by_signal();
  by_thread();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_for_ring, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  to_nobody();
  cpu_time();
  by_descriptor();
  return 0;
}
