// mutex.handover: two threads take turns under one mutex; an operation is there and back.
#include <pthread.h>
#include <stdbool.h>

#include "../timing.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;
static bool is_done;

// Waits for the turn of `mine` and gives it away; false when there are no more.
static bool take_turn(int mine) {
  pthread_mutex_lock(&mutex);
  while (turn != mine && !is_done)
    pthread_cond_wait(&changed, &mutex);
  const bool goes_on = !is_done;
  turn = !mine;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
  return goes_on;
}

static void* other(void* argument) {
  while (take_turn(1))
    continue;
  return argument;
}

static void hand_over(void) {
  take_turn(0);
}

int main(int argc, char** argv) {
  pthread_t thread;
  MUST(pthread_create(&thread, NULL, other, NULL) == 0);
  run_operation(hand_over, argc > 1 ? atoi(argv[1]) : 5, 2000);
  pthread_mutex_lock(&mutex);
  is_done = true;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
  MUST(pthread_join(thread, NULL) == 0);
  return 0;
}
