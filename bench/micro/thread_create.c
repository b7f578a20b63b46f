// thread.create: create a thread that does nothing, and join it.
#include <pthread.h>

#include "../timing.h"

static void* nothing(void* argument) {
  return argument;
}

static void create_and_join(void) {
  pthread_t thread;
  MUST(pthread_create(&thread, NULL, nothing, NULL) == 0);
  MUST(pthread_join(thread, NULL) == 0);
}

int main(int argc, char** argv) {
  run_operation(create_and_join, argc > 1 ? atoi(argv[1]) : 5, 500);
  return 0;
}
