// pthread_cancel of threads that compute, that sleep in calls, and that switch between the types;
// cleanup handlers and destructors run, in order, with the resources still there.
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static atomic_int has_started;
static atomic_int is_released;
static pthread_key_t key;

static void note(void* text) {
  printf("  cleanup %s\n", (const char*)text);
}

static void destroy(void* value) {
  printf("  destructor %s\n", (const char*)value);
}

static void* computes(void* argument) {
  CHECK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL) == 0);
  CHECK(pthread_setspecific(key, "of the computing one") == 0);
  pthread_cleanup_push(note, "outer");
  pthread_cleanup_push(note, "inner");
  has_started = 1;
  for (atomic_ulong i = 0;;)
    i++;
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(1);
  return argument;
}

static void* sleeps_async(void* argument) {
  CHECK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL) == 0);
  pthread_cleanup_push(note, "of a sleep");
  has_started = 1;
  poll(NULL, 0, -1);
  pthread_cleanup_pop(1);
  return argument;
}

static void* waits_for_mutex(void* argument) {
  // Not a cancellation point: only the asynchronous type ends it.
  CHECK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL) == 0);
  has_started = 1;
  pthread_mutex_lock(argument);
  return NULL;
}

static void* ignores_first(void* argument) {
  CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
  CHECK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL) == 0);
  has_started = 1;
  while (!is_released)
    continue;
  printf("  still there\n");
  fflush(stdout);
  CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL) == 0);
  for (;;)
    pthread_testcancel();
  return argument;
}

static void* deferred_computes(void* argument) {
  has_started = 1;
  while (!is_released)
    continue;
  printf("  not before a cancellation point\n");
  pthread_cleanup_push(note, "deferred");
  sleep(1000);
  pthread_cleanup_pop(0);
  return argument;
}

static void run(const char* what, void* (*body)(void*), void* argument) {
  printf("%s\n", what);
  fflush(stdout);
  has_started = 0;
  is_released = 0;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, body, argument) == 0);
  while (!has_started)
    usleep(1000);
  usleep(5000);
  CHECK(pthread_cancel(thread) == 0);
  is_released = 1;
  void* result;
  CHECK(pthread_join(thread, &result) == 0);
  printf("  canceled: %d\n", result == PTHREAD_CANCELED);
}

int main(void) {
  CHECK(pthread_key_create(&key, destroy) == 0);
  run("computing", computes, NULL);
  run("sleeping", sleeps_async, NULL);
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  run("at a mutex", waits_for_mutex, &mutex);
  pthread_mutex_unlock(&mutex);
  run("disabled at first", ignores_first, NULL);
  run("deferred", deferred_computes, NULL);
  return 0;
}
