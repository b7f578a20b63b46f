// One cage takes all it can get of what the host counts for the whole process; another one beside
// it does not notice.  Linux limits some of it for the user: a native run would disturb others.
// expect-cage: exit 0
// stdout: mappings ENOMEM\nthreads EAGAIN\ndescriptors EMFILE\nsignals EAGAIN\ntimers EAGAIN\n
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int mappings(void) {
  char* const start = mmap(NULL, 1u << 28, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(start != MAP_FAILED);
  for (int i = 0; i < 1 << 16; i += 2) {
    if (mprotect(start + i * 4096, 4096, PROT_NONE) == 0) continue;
    const int error = errno;
    CHECK_FAILS(
        mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0,
        ENOMEM);
    CHECK(munmap(start, 4096) == 0);  // what is there can be given back
    return error;
  }
  return 0;
}

static void* sleeps(void* nothing) {
  pause();
  return nothing;
}

static int threads(void) {
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 16384) == 0);
  for (;;) {
    pthread_t thread;
    const int error = pthread_create(&thread, &attributes, sleeps, NULL);
    if (error != 0) return error;
  }
}

static int descriptors(void) {
  for (;;)
    if (dup(0) < 0) return errno;
}

static int signals(void) {
  sigset_t set;
  CHECK(sigemptyset(&set) == 0 && sigaddset(&set, SIGRTMIN) == 0);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  for (;;)
    if (sigqueue(getpid(), SIGRTMIN, (union sigval){0}) != 0) return errno;
}

static int timers(void) {
  for (;;) {
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, NULL, &timer) != 0) return errno;
  }
}

static void work(void) {
  int ends[2];
  CHECK(pipe(ends) == 0 && fcntl(ends[0], F_SETPIPE_SZ, 1 << 16) > 0);
  CHECK(write(ends[1], "x", 1) == 1 && close(ends[0]) == 0 && close(ends[1]) == 0);
  void* const memory =
      mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED && munmap(memory, 1 << 20) == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) _exit(7);
  int status;
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 && timer_delete(timer) == 0);
}

static void exhaust(const char* what, int (*take_all)(void)) {
  int result[2];
  CHECK(pipe(result) == 0);
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(setpgid(0, 0) == 0);
    const int error = take_all();
    if (take_all == descriptors) CHECK(close(20) == 0);
    CHECK(write(result[1], &error, sizeof(error)) == sizeof(error));
    for (;;)
      pause();
  }
  int error;
  CHECK(read(result[0], &error, sizeof(error)) == sizeof(error));
  work();
  printf("%s %s\n", what, strerrorname_np(error));
  CHECK(kill(-child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK(close(result[0]) == 0 && close(result[1]) == 0);
}

int main(void) {
  exhaust("mappings", mappings);
  exhaust("threads", threads);
  exhaust("descriptors", descriptors);
  exhaust("signals", signals);
  exhaust("timers", timers);
  return 0;
}
