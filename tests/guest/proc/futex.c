// futex by hand: values, wakes, time-outs, between processes through shared memory.
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

struct time64 {
  int64_t sec;
  int64_t nsec;
};

static long futex(uint32_t* word, int op, uint32_t value, void* fourth, uint32_t* second,
                  uint32_t third) {
  return syscall(SYS_futex, word, op, value, fourth, second, third);
}

static uint32_t word;
static void* sleeper(void* argument) {
  int op = *(int*)argument;
  while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
    futex(&word, op, 0, NULL, NULL, ~0u);
  return NULL;
}

int main(void) {
  struct time64 little = {0, 20000000}, wrong = {0, 1000000000};
  CHECK_FAILS(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
  CHECK_FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 0, &little, NULL, 0), ETIMEDOUT);
  CHECK_FAILS(futex(&word, FUTEX_WAIT, 0, &wrong, NULL, 0), EINVAL);
  CHECK_FAILS(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
  CHECK_FAILS(futex((uint32_t*)((char*)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
  CHECK_FAILS(futex((uint32_t*)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
  CHECK_FAILS(futex(&word, 99, 0, NULL, NULL, 0), ENOSYS);
  CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct time64 past = {now.tv_sec - 1, 0};
  CHECK_FAILS(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, ~0u),
              ETIMEDOUT);

  int ops[] = {FUTEX_WAIT, FUTEX_WAIT_PRIVATE, FUTEX_WAIT_BITSET_PRIVATE};
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    word = 0;
    CHECK(pthread_create(&thread, NULL, sleeper, &ops[i]) == 0);
    usleep(5000);
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    futex(&word, (ops[i] & FUTEX_PRIVATE_FLAG) | FUTEX_WAKE, 10, NULL, NULL, 0);
    CHECK(pthread_join(thread, NULL) == 0);
  }
  printf("threads woke\n");

  uint32_t* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    while (__atomic_load_n(shared, __ATOMIC_SEQ_CST) == 0) {
      futex(shared, FUTEX_WAIT, 0, NULL, NULL, 0);
    }
    _exit(6);
  }
  usleep(5000);
  __atomic_store_n(shared, 1, __ATOMIC_SEQ_CST);
  futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("the other process woke: %d\n", WEXITSTATUS(status));
  return 0;
}
