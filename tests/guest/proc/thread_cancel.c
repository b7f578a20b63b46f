// A thread that sleeps in pause is cancelled: its clean-up runs, join says so.
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "check.h"

static sem_t ready;
static void cleanup(void* argument) {
  *(int*)argument = 1;
}
static int cleaned;
static void* wait_forever(void* argument) {
  (void)argument;
  pthread_cleanup_push(cleanup, &cleaned);
  sem_post(&ready);
  for (;;)
    pause();
  pthread_cleanup_pop(0);
  return NULL;
}

int main(void) {
  pthread_t thread;
  CHECK(sem_init(&ready, 0, 0) == 0);
  CHECK(pthread_create(&thread, NULL, wait_forever, NULL) == 0);
  CHECK(sem_wait(&ready) == 0);
  CHECK(pthread_cancel(thread) == 0);
  void* result;
  CHECK(pthread_join(thread, &result) == 0);
  printf("cancelled %d cleaned %d\n", result == PTHREAD_CANCELED, cleaned);
  return 0;
}
