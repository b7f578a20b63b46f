// What POSIX threads offer beyond creating and joining: every kind of lock, keys, once, attributes, cancellation.
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int once_count, serial_count, spun, counter, destroyed;
static _Thread_local int own = 5;

static void count_once(void) { once_count++; }
static void destroy(void* value) { __atomic_add_fetch(&destroyed, *(int*)value, __ATOMIC_SEQ_CST); }

static void* work(void* argument) {
  pthread_once(&once, count_once);
  CHECK(pthread_setspecific(key, argument) == 0 && pthread_getspecific(key) == argument);
  own += *(int*)argument;
  if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) __atomic_add_fetch(&serial_count, 1, __ATOMIC_SEQ_CST);
  for (int i = 0; i < 1000; i++) {
    pthread_spin_lock(&spin);
    spun++;
    pthread_spin_unlock(&spin);
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_wrlock(&rwlock);
    counter++;
    pthread_rwlock_unlock(&rwlock);
    if (i % 100 == 0) pthread_barrier_wait(&barrier);
  }
  return (void*)(long)own;
}

static void together(void) {
  CHECK(pthread_barrier_init(&barrier, NULL, 4) == 0);
  CHECK(pthread_spin_init(&spin, 0) == 0 && pthread_key_create(&key, destroy) == 0);
  pthread_t threads[4];
  int arguments[4] = {1, 2, 3, 4};
  for (int i = 0; i < 4; i++)
    CHECK(pthread_create(&threads[i], NULL, work, &arguments[i]) == 0);
  long sum = 0;
  for (int i = 0; i < 4; i++) {
    void* result;
    CHECK(pthread_join(threads[i], &result) == 0);
    sum += (long)result;
  }
  printf("%ld %d %d %d %d %d %d\n", sum, once_count, serial_count, spun, counter, destroyed, own);
  CHECK(pthread_barrier_destroy(&barrier) == 0);
}

static void mutexes(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutex_t mutex;
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&mutex, &attributes);
  CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_lock(&mutex) == 0 && pthread_mutex_trylock(&mutex) == 0);
  CHECK(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
  printf("%d\n", pthread_mutex_unlock(&mutex));
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&mutex, &attributes);
  pthread_mutex_lock(&mutex);
  printf("%d\n", pthread_mutex_lock(&mutex));
  struct timespec past = {0};
  pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&plain);
  printf("%d %d\n", pthread_mutex_timedlock(&plain, &past), pthread_mutex_trylock(&plain));
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  printf("%d\n", pthread_cond_timedwait(&condition, &plain, &past));
  sem_t semaphore;
  CHECK(sem_init(&semaphore, 0, 1) == 0 && sem_wait(&semaphore) == 0);
  CHECK_FAILS(sem_trywait(&semaphore), EAGAIN);
  CHECK_FAILS(sem_timedwait(&semaphore, &past), ETIMEDOUT);
  CHECK(sem_post(&semaphore) == 0 && sem_destroy(&semaphore) == 0);
}

static void* on_given_stack(void* size) {
  pthread_attr_t attributes;
  CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  void* address;
  size_t length;
  CHECK(pthread_attr_getstack(&attributes, &address, &length) == 0);
  const char* here = (char*)&attributes;
  printf("%d %d\n", length >= *(size_t*)size, here >= (char*)address && here < (char*)address + length);
  pthread_attr_destroy(&attributes);
  CHECK(pthread_setname_np(pthread_self(), "named") == 0);
  char name[16];
  CHECK(pthread_getname_np(pthread_self(), name, sizeof name) == 0);
  return strdup(name);
}

static void attributes(void) {
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  size_t size = 1 << 20;
  printf("%d\n", pthread_attr_setstacksize(&attributes, 1));
  CHECK(pthread_attr_setstacksize(&attributes, size) == 0);
  size_t guard;
  CHECK(pthread_attr_getguardsize(&attributes, &guard) == 0);
  printf("guard %zu\n", guard);
  pthread_t thread;
  void* result;
  CHECK(pthread_create(&thread, &attributes, on_given_stack, &size) == 0 && pthread_join(thread, &result) == 0);
  printf("%s\n", (char*)result);
  CHECK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
  sem_t done;
  sem_init(&done, 0, 0);
  CHECK(pthread_create(&thread, &attributes, (void* (*)(void*))(void (*)(void))sem_post, &done) == 0);
  CHECK(sem_wait(&done) == 0);
}

static sem_t started;
static void note(void* text) { printf("cleanup %s\n", (char*)text); }
static void* cancelled(void* how) {
  pthread_cleanup_push(note, "outer");
  pthread_cleanup_push(note, "inner");
  sem_post(&started);
  if (how != NULL) pthread_exit("exited");
  while (1) pause();
  pthread_cleanup_pop(0);
  pthread_cleanup_pop(0);
  return NULL;
}
static void* asynchronous(void* unused) {
  (void)unused;
  int old;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  sem_post(&started);
  for (int i = 0; i < 10; i++) sched_yield();
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
  while (1) pthread_testcancel();
}
static void* interrupted_wait(void* unused) {
  (void)unused;
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push((void (*)(void*))(void (*)(void))pthread_mutex_unlock, &mutex);
  sem_post(&started);
  while (1) pthread_cond_wait(&never, &mutex);
  pthread_cleanup_pop(1);
  return NULL;
}

static void cancellation(void) {
  sem_init(&started, 0, 0);
  pthread_t thread;
  void* result;
  void* (*const bodies[])(void*) = {cancelled, asynchronous, interrupted_wait};
  for (int i = 0; i < 3; i++) {
    CHECK(pthread_create(&thread, NULL, bodies[i], NULL) == 0 && sem_wait(&started) == 0);
    CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0);
    printf("%d\n", result == PTHREAD_CANCELED);
  }
  CHECK(pthread_create(&thread, NULL, cancelled, "x") == 0 && pthread_join(thread, &result) == 0);
  printf("%s\n", (char*)result);
}

static int c11(void* argument) { return *(int*)argument + 1; }

static void handler(int signal) { printf("handler %d\n", signal); }

int main(void) {
  together();
  mutexes();
  attributes();
  cancellation();
  thrd_t thread;
  int value = 41, result;
  CHECK(thrd_create(&thread, c11, &value) == thrd_success && thrd_join(thread, &result) == thrd_success);
  printf("%d\n", result);
  mtx_t mutex;
  CHECK(mtx_init(&mutex, mtx_timed) == thrd_success && mtx_lock(&mutex) == thrd_success && mtx_trylock(&mutex) == thrd_busy);
  signal(SIGUSR1, handler);
  CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0);
  printf("%d\n", pthread_equal(pthread_self(), pthread_self()) != 0);
  return 0;
}
