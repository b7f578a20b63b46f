// Threads share memory, have their own thread-local storage, and can be joined.
#include <pthread.h>

#include "check.h"

enum { kThreads = 8, kRounds = 20000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int total;
static int arrived;
static __thread int own = 5;

static void* count(void* argument) {
  CHECK(pthread_mutex_lock(&mutex) == 0);
  arrived++;
  pthread_cond_broadcast(&condition);
  while (arrived < kThreads)
    pthread_cond_wait(&condition, &mutex);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < kRounds; i++) {
    own++;
    pthread_mutex_lock(&mutex);
    total++;
    pthread_mutex_unlock(&mutex);
  }
  return (void*)((char*)argument + own);
}

int main(void) {
  pthread_t threads[kThreads];
  for (long i = 0; i < kThreads; i++) {
    CHECK(pthread_create(&threads[i], NULL, count, (void*)i) == 0);
  }
  for (long i = 0; i < kThreads; i++) {
    void* result;
    CHECK(pthread_join(threads[i], &result) == 0);
    printf("%ld\n", (long)result);
  }
  printf("%d %d\n", total, own);
  return 0;
}
