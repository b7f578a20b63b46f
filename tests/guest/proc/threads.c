// Threads: mutex, condition, join, thread-local data, a signal to one thread, exit.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, total;
static __thread int local = 5;

static void* take_turns(void* argument) {
  int me = (int)(long)argument;
  CHECK(local == 5);
  local = me;
  for (int i = 0; i < 200; i++) {
    pthread_mutex_lock(&mutex);
    while (turn != me)
      pthread_cond_wait(&changed, &mutex);
    turn = (me + 1) % 4;
    total++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  CHECK(local == me);
  CHECK(syscall(SYS_gettid) != getpid());
  return (void*)(long)(me * 10);
}

static sem_t ready;
static pthread_t expected;
static volatile int handled;
static void handler(int signo) {
  (void)signo;
  handled = pthread_equal(pthread_self(), expected) ? 1 : 2;
}
static void* wait_for_signal(void* argument) {
  (void)argument;
  sem_post(&ready);
  while (!handled)
    usleep(1000);
  return NULL;
}

static void* block(void* argument) {
  int fds[2];
  char c;
  (void)argument;
  CHECK(pipe(fds) == 0);
  sem_post(&ready);
  read(fds[0], &c, 1);
  return NULL;
}

int main(void) {
  pthread_t threads[4];
  for (long i = 0; i < 4; i++)
    CHECK(pthread_create(&threads[i], NULL, take_turns, (void*)i) == 0);
  for (int i = 0; i < 4; i++) {
    void* result;
    CHECK(pthread_join(threads[i], &result) == 0);
    printf("%ld ", (long)result);
  }
  printf("total %d\n", total);

  CHECK(sem_init(&ready, 0, 0) == 0);
  signal(SIGUSR1, handler);
  CHECK(pthread_create(&expected, NULL, wait_for_signal, NULL) == 0);
  CHECK(sem_wait(&ready) == 0);
  CHECK(pthread_kill(expected, SIGUSR1) == 0);
  CHECK(pthread_join(expected, NULL) == 0);
  printf("handled by the right thread: %d\n", handled);

  struct timespec past = {0, 0};
  pthread_mutex_lock(&mutex);
  CHECK(pthread_cond_timedwait(&changed, &mutex, &past) == ETIMEDOUT);
  pthread_mutex_unlock(&mutex);

  for (int i = 0; i < 3; i++)
    CHECK(pthread_create(&threads[i], NULL, block, NULL) == 0);
  for (int i = 0; i < 3; i++)
    CHECK(sem_wait(&ready) == 0);
  printf("exit ends those that block\n");
  return 0;
}
