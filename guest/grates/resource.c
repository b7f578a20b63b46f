// resource LIMITS PROGRAM...: limits calls and bytes, such as write.rate=50000,openat=100
//
// CALL=N: N calls, then EDQUOT.  CALL.bytes=N: N bytes of results, then EDQUOT.  CALL.rate=N: N
// bytes a second, in bursts of up to a second's worth; a call that would be more waits.

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lind/grate.h"

enum { MAX_NUMBER = 512 };
struct limit {
  bool has_calls, has_bytes, has_rate;
  long long calls, bytes;  ///< left
  double rate, tokens;     ///< bytes a second; bytes that may go now, negative: owed
  double at;               ///< when `tokens` was right
};
static struct limit limits[MAX_NUMBER];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Seconds until the limit lets a call through.
static double owed(struct limit* limit) {
  const double time = now();
  limit->tokens += (time - limit->at) * limit->rate;
  if (limit->tokens > limit->rate) limit->tokens = limit->rate;
  limit->at = time;
  return limit->tokens >= 0 ? 0 : -limit->tokens / limit->rate;
}

static lind_result apply(struct lind_call* call) {
  struct limit* const limit = &limits[call->number];
  pthread_mutex_lock(&lock);
  const bool spent =
      (limit->has_calls && limit->calls <= 0) || (limit->has_bytes && limit->bytes <= 0);
  const double wait = limit->has_rate && !spent ? owed(limit) : 0;
  if (limit->has_calls && !spent) limit->calls--;
  pthread_mutex_unlock(&lock);
  if (spent) return -EDQUOT;
  if (wait > 0) {
    const struct timespec time = {.tv_sec = (time_t)wait,
                                  .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
    if (nanosleep(&time, NULL) != 0) return -EINTR;
  }
  const lind_result result = lind_forward();
  if (result > 0) {
    pthread_mutex_lock(&lock);
    limit->bytes -= result;
    limit->tokens -= (double)result;
    pthread_mutex_unlock(&lock);
  }
  return result;
}

static int add_limit(char* text) {
  char* const value = strchr(text, '=');
  if (value == NULL) return -1;
  *value = '\0';
  char* const what = strchr(text, '.');
  if (what != NULL) *what = '\0';
  int number = 0;
  while (number < MAX_NUMBER && strcmp(lind_syscall_name(number), text) != 0)
    number++;
  char* end = NULL;
  const long long amount = strtoll(value + 1, &end, 10);
  if (number == MAX_NUMBER || end == value + 1 || *end != '\0' || amount < 0) return -1;
  struct limit* const limit = &limits[number];
  if (what == NULL) {
    limit->has_calls = true;
    limit->calls = amount;
  } else if (strcmp(what + 1, "bytes") == 0) {
    limit->has_bytes = true;
    limit->bytes = amount;
  } else if (strcmp(what + 1, "rate") == 0 && amount > 0) {
    limit->has_rate = true;
    limit->rate = limit->tokens = (double)amount;
    limit->at = now();
  } else {
    return -1;
  }
  return lind_on(number, apply);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: resource CALL[.bytes|.rate]=N,... PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  char* next = NULL;
  for (char* text = strtok_r(argv[1], ",", &next); text != NULL;
       text = strtok_r(NULL, ",", &next)) {
    if (add_limit(text) != 0) {
      fprintf(stderr, "resource: not a limit: %s\n", text);
      return 125;
    }
  }
  return lind_run(argv + 2);
}
