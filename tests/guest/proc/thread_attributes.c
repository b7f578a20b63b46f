// Attributes of threads, their CPU clocks, and what sched_* says.
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static void* on_own_stack(void* argument) {
  char here;
  const uintptr_t low = (uintptr_t)argument;
  printf("on it: %d\n", (uintptr_t)&here >= low && (uintptr_t)&here < low + (256 << 10));
  pthread_attr_t attributes;
  CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  void* stack;
  size_t size;
  CHECK(pthread_attr_getstack(&attributes, &stack, &size) == 0);
  printf("known: %d\n", stack == argument && size == 256 << 10);
  int state;
  CHECK(pthread_attr_getdetachstate(&attributes, &state) == 0);
  printf("detached: %d\n", state == PTHREAD_CREATE_DETACHED);
  pthread_attr_destroy(&attributes);
  return NULL;
}

static void* compute(void* argument) {
  struct timespec start;
  struct timespec now;
  clockid_t clock;
  CHECK(pthread_getcpuclockid(pthread_self(), &clock) == 0);
  CHECK(clock_gettime(clock, &start) == 0);
  do {
    for (volatile int i = 0; i < 100000; i++)
      continue;
    CHECK(clock_gettime(clock, &now) == 0);
  } while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < 20000000);
  pthread_barrier_wait(argument);
  pthread_barrier_wait(argument);
  return NULL;
}

static void clocks(void) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, compute, &barrier) == 0);
  pthread_barrier_wait(&barrier);
  clockid_t clock;
  struct timespec used;
  struct timespec of_process;
  struct timespec mine;
  CHECK(pthread_getcpuclockid(thread, &clock) == 0);
  CHECK(clock_gettime(clock, &used) == 0);
  CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &of_process) == 0);
  CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mine) == 0);
  const int64_t used_ns = (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
  const int64_t process_ns = (int64_t)of_process.tv_sec * 1000000000 + of_process.tv_nsec;
  printf("clocks: %d %d\n", used_ns >= 20000000, process_ns >= used_ns);
  pthread_barrier_wait(&barrier);
  CHECK(pthread_join(thread, NULL) == 0);
}

static void attributes(void) {
  pthread_attr_t attr;
  CHECK(pthread_attr_init(&attr) == 0);
  printf("%d\n", pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN - 1) == EINVAL);
  printf("%d\n", pthread_attr_setdetachstate(&attr, 7) == EINVAL);
  size_t guard;
  CHECK(pthread_attr_getguardsize(&attr, &guard) == 0);
  printf("guard %zu\n", guard);
  int number;
  CHECK(pthread_attr_getscope(&attr, &number) == 0);
  printf("scope %d\n", number == PTHREAD_SCOPE_SYSTEM);
  printf("%d\n", pthread_attr_setscope(&attr, PTHREAD_SCOPE_PROCESS) == ENOTSUP);
  CHECK(pthread_attr_getschedpolicy(&attr, &number) == 0);
  printf("policy %d\n", number == SCHED_OTHER);
  CHECK(pthread_attr_getinheritsched(&attr, &number) == 0);
  printf("inherits %d\n", number == PTHREAD_INHERIT_SCHED);

  void* const stack =
      mmap(NULL, 256 << 10, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(stack != MAP_FAILED);
  CHECK(pthread_attr_setstack(&attr, stack, 256 << 10) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, &attr, on_own_stack, stack) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(pthread_attr_destroy(&attr) == 0);
}

static void scheduling(void) {
  printf("%d %d\n", sched_getscheduler(0), sched_get_priority_max(SCHED_OTHER));
  printf("%d %d\n", sched_get_priority_min(SCHED_FIFO), sched_get_priority_max(SCHED_FIFO));
  printf("%d %d\n", sched_get_priority_min(SCHED_RR), sched_get_priority_max(SCHED_RR));
  CHECK_FAILS(sched_get_priority_max(77), EINVAL);
  struct sched_param parameters = {.sched_priority = 5};
  CHECK(sched_getparam(0, &parameters) == 0);
  printf("%d\n", parameters.sched_priority);
  CHECK_FAILS(sched_getscheduler(-1), EINVAL);
  int policy;
  CHECK(pthread_getschedparam(pthread_self(), &policy, &parameters) == 0);
  printf("%d %d\n", policy, parameters.sched_priority);
  parameters.sched_priority = 0;
  CHECK(sched_setscheduler(0, SCHED_OTHER, &parameters) == 0);
  CHECK(sched_setparam(0, &parameters) == 0);
  CHECK(pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters) == 0);
  CHECK_FAILS(sched_setscheduler(0, SCHED_FIFO, &parameters), EINVAL);
  parameters.sched_priority = 7;
  CHECK_FAILS(sched_setscheduler(0, SCHED_OTHER, &parameters), EINVAL);
  CHECK_FAILS(sched_setparam(0, &parameters), EINVAL);
  CHECK_FAILS(sched_setscheduler(0, SCHED_RR, &parameters), EPERM);
  CHECK_FAILS(sched_setscheduler(0, 77, &parameters), EINVAL);
  CHECK_FAILS(sched_setscheduler(1 << 30, SCHED_OTHER, &parameters), ESRCH);
  cpu_set_t set;
  CPU_ZERO(&set);
  CHECK(sched_getaffinity(0, sizeof set, &set) == 0);
  printf("%d\n", CPU_COUNT(&set) > 0 && CPU_COUNT(&set) == sysconf(_SC_NPROCESSORS_ONLN));
  CHECK(pthread_getaffinity_np(pthread_self(), sizeof set, &set) == 0);
  printf("%d\n", sched_getcpu() >= 0);
  CHECK(sched_yield() == 0);
}

int main(void) {
  attributes();
  clocks();
  scheduling();
  return 0;
}
