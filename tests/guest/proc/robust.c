// Robust, process-shared and priority-inheriting mutexes: owners that die, in threads and processes.
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

struct shared {
  pthread_mutex_t mutex;
  pthread_cond_t ready;
  int count;
  int locked;
};

static struct shared *make(int robust, int protocol) {
  struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  pthread_mutexattr_t attributes;
  CHECK(pthread_mutexattr_init(&attributes) == 0);
  CHECK(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_mutexattr_setrobust(&attributes, robust) == 0);
  CHECK(pthread_mutexattr_setprotocol(&attributes, protocol) == 0);
  CHECK(pthread_mutex_init(&shared->mutex, &attributes) == 0);
  return shared;
}

static void *lock_and_end(void *argument) {
  struct shared *shared = argument;
  CHECK(pthread_mutex_lock(&shared->mutex) == 0);
  return NULL;
}

static void owner_thread_dies(int protocol) {
  struct shared *shared = make(PTHREAD_MUTEX_ROBUST, protocol);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, lock_and_end, shared) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(pthread_mutex_lock(&shared->mutex) == EOWNERDEAD);
  CHECK(pthread_mutex_consistent(&shared->mutex) == 0);
  CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
  CHECK(pthread_mutex_lock(&shared->mutex) == 0);
  CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
  // Not made consistent: nobody gets it again.
  CHECK(pthread_create(&thread, NULL, lock_and_end, shared) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(pthread_mutex_trylock(&shared->mutex) == EOWNERDEAD);
  CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
  CHECK(pthread_mutex_lock(&shared->mutex) == ENOTRECOVERABLE);
}

static void owner_process_dies(int protocol, int killed) {
  struct shared *shared = make(PTHREAD_MUTEX_ROBUST, protocol);
  int ready[2];
  CHECK(pipe(ready) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    CHECK(write(ready[1], "x", 1) == 1);
    if (killed)
      for (;;)
        pause();
    usleep(20000);  // so that the parent probably waits already
    _exit(0);
  }
  char byte;
  CHECK(read(ready[0], &byte, 1) == 1);
  if (killed) CHECK(kill(pid, SIGKILL) == 0);
  CHECK(pthread_mutex_lock(&shared->mutex) == EOWNERDEAD);
  CHECK(pthread_mutex_consistent(&shared->mutex) == 0);
  CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
  CHECK(waitpid(pid, NULL, 0) == pid);
}

static void *add_many(void *argument) {
  struct shared *shared = argument;
  for (int i = 0; i < 2000; i++) {
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    shared->count++;
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
  }
  return NULL;
}

static void contended(int robust, int protocol) {
  struct shared *shared = make(robust, protocol);
  pid_t children[3];
  for (int i = 0; i < 3; i++) {
    children[i] = fork();
    CHECK(children[i] >= 0);
    if (children[i] == 0) {
      pthread_t thread;
      CHECK(pthread_create(&thread, NULL, add_many, shared) == 0);
      add_many(shared);
      CHECK(pthread_join(thread, NULL) == 0);
      _exit(0);
    }
  }
  for (int i = 0; i < 3; i++) {
    int status;
    CHECK(waitpid(children[i], &status, 0) == children[i] && status == 0);
  }
  printf("count %d\n", shared->count);
}

static void *timed(void *argument) {
  struct shared *shared = argument;
  struct timespec limit;
  CHECK(clock_gettime(CLOCK_REALTIME, &limit) == 0);
  limit.tv_nsec += 10000000;
  if (limit.tv_nsec >= 1000000000) {
    limit.tv_nsec -= 1000000000;
    limit.tv_sec++;
  }
  CHECK(pthread_mutex_timedlock(&shared->mutex, &limit) == ETIMEDOUT);
  CHECK(pthread_mutex_trylock(&shared->mutex) == EBUSY);
  return NULL;
}

static void errors(void) {
  struct shared *shared = make(PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
  CHECK(pthread_mutex_lock(&shared->mutex) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, timed, shared) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(pthread_mutex_unlock(&shared->mutex) == 0);

  static int word;
  CHECK(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL) == 0);
  CHECK(word == (int)syscall(SYS_gettid));
  CHECK_FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL), EDEADLK);
  CHECK(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI) == 0 && word == 0);
  CHECK_FAILS(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI), EPERM);
  word = 0x3ffffff0;
  CHECK_FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL), ESRCH);

  void *head;
  size_t size;
  CHECK(syscall(SYS_get_robust_list, 0, &head, &size) == 0);
  CHECK(head != NULL && size == 3 * sizeof(void *));
  CHECK_FAILS(syscall(SYS_set_robust_list, head, size + 1), EINVAL);
  CHECK_FAILS(syscall(SYS_get_robust_list, 0x3ffffff0, &head, &size), ESRCH);
}

int main(void) {
  for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_INHERIT; protocol++) {
    owner_thread_dies(protocol);
    owner_process_dies(protocol, 0);
    owner_process_dies(protocol, 1);
    contended(PTHREAD_MUTEX_STALLED, protocol);
    contended(PTHREAD_MUTEX_ROBUST, protocol);
    printf("protocol %d\n", protocol);
  }
  errors();
  return 0;
}
