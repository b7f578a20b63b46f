// Locks in memory that two processes share: mutex, condition, rwlock, barrier, semaphore, and a
// robust mutex whose owner dies with its process.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { kRounds = 2000 };

static struct {
  pthread_mutex_t mutex;
  pthread_mutex_t robust;
  pthread_mutex_t inheriting;
  pthread_cond_t changed;
  pthread_rwlock_t rwlock;
  pthread_barrier_t barrier;
  pthread_spinlock_t spin;
  sem_t semaphore;
  long counter;
  long spin_counter;
  long pair[2];
  int turn;
}* shared;

static void make_mutex(pthread_mutex_t* mutex, int robust, int protocol) {
  pthread_mutexattr_t attributes;
  CHECK(pthread_mutexattr_init(&attributes) == 0);
  CHECK(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_mutexattr_setrobust(&attributes, robust) == 0);
  CHECK(pthread_mutexattr_setprotocol(&attributes, protocol) == 0);
  CHECK(pthread_mutex_init(mutex, &attributes) == 0);
  CHECK(pthread_mutexattr_destroy(&attributes) == 0);
}

static void make_all(void) {
  make_mutex(&shared->mutex, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
  make_mutex(&shared->robust, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
  make_mutex(&shared->inheriting, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_INHERIT);
  pthread_condattr_t cond;
  pthread_condattr_init(&cond);
  CHECK(pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_cond_init(&shared->changed, &cond) == 0);
  pthread_rwlockattr_t rwlock;
  pthread_rwlockattr_init(&rwlock);
  CHECK(pthread_rwlockattr_setpshared(&rwlock, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_rwlock_init(&shared->rwlock, &rwlock) == 0);
  pthread_barrierattr_t barrier;
  pthread_barrierattr_init(&barrier);
  CHECK(pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_barrier_init(&shared->barrier, &barrier, 2) == 0);
  CHECK(pthread_spin_init(&shared->spin, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(sem_init(&shared->semaphore, 1, 0) == 0);
}

static void take_turns(int mine) {
  for (int i = 0; i < kRounds / 10; i++) {
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    while (shared->turn != mine)
      CHECK(pthread_cond_wait(&shared->changed, &shared->mutex) == 0);
    shared->turn = !mine;
    CHECK(pthread_cond_broadcast(&shared->changed) == 0);
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
  }
}

static int work_together(int mine) {
  const int serial = pthread_barrier_wait(&shared->barrier);
  CHECK(serial == 0 || serial == PTHREAD_BARRIER_SERIAL_THREAD);
  for (int i = 0; i < kRounds; i++) {
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    shared->counter++;
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    CHECK(pthread_mutex_lock(&shared->inheriting) == 0);
    shared->counter++;
    CHECK(pthread_mutex_unlock(&shared->inheriting) == 0);
    if (i % 8 == 0) {
      CHECK(pthread_rwlock_wrlock(&shared->rwlock) == 0);
      shared->pair[0]++;
      shared->pair[1]++;
    } else {
      CHECK(pthread_rwlock_rdlock(&shared->rwlock) == 0);
      CHECK(shared->pair[0] == shared->pair[1]);
    }
    CHECK(pthread_rwlock_unlock(&shared->rwlock) == 0);
  }
  take_turns(mine);
  for (int i = 0; i < 50; i++) {
    CHECK(pthread_spin_lock(&shared->spin) == 0);
    shared->spin_counter++;
    CHECK(pthread_spin_unlock(&shared->spin) == 0);
  }
  pthread_barrier_wait(&shared->barrier);
  return serial == PTHREAD_BARRIER_SERIAL_THREAD;
}

// A process ends by `signo`, or returns, with the lock; the next owner is told.
static void lose(pthread_mutex_t* mutex, int signo) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(pthread_mutex_lock(mutex) == 0);
    CHECK(sem_post(&shared->semaphore) == 0);
    if (signo != 0) raise(signo);
    _exit(0);
  }
  CHECK(sem_wait(&shared->semaphore) == 0);
  const int locked = pthread_mutex_lock(mutex);
  printf("%s", locked == EOWNERDEAD ? "owner died" : strerror(locked));
  CHECK(pthread_mutex_consistent(mutex) == 0);
  CHECK(pthread_mutex_unlock(mutex) == 0);
  CHECK(waitpid(child, NULL, 0) == child);
  printf(", then %d\n", pthread_mutex_lock(mutex));
  CHECK(pthread_mutex_unlock(mutex) == 0);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  make_all();
  const pid_t child = fork();
  CHECK(child >= 0);
  const int was_serial = work_together(child == 0);
  if (child == 0) _exit(was_serial ? 1 : 0);
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
  printf("one of two: %d\n", was_serial + WEXITSTATUS(status));
  printf("%ld %ld %ld\n", shared->counter, shared->pair[0], shared->spin_counter);

  lose(&shared->robust, 0);
  lose(&shared->robust, SIGKILL);
  lose(&shared->robust, SIGSEGV);
  lose(&shared->inheriting, 0);
  lose(&shared->inheriting, SIGKILL);

  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_nsec += 20000000;
  if (deadline.tv_nsec >= 1000000000) {
    deadline.tv_sec++;
    deadline.tv_nsec -= 1000000000;
  }
  CHECK(pthread_mutex_lock(&shared->mutex) == 0);
  printf("%d\n", pthread_cond_timedwait(&shared->changed, &shared->mutex, &deadline) == ETIMEDOUT);
  printf("%d\n", pthread_mutex_trylock(&shared->mutex) == EBUSY);
  CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
  printf("%d\n", sem_trywait(&shared->semaphore) == -1 && errno == EAGAIN);
  return 0;
}
