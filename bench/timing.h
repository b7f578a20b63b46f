/// \file
/// How benchmark programs measure: each prints one line per round, for bench/run.py to read.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0) abort();
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
static inline uint64_t now_ns(void) {
  return clock_ns(CLOCK_MONOTONIC);
}

/// Stops a benchmark whose own set-up fails; a number from half a run is worse than none.
#define MUST(condition)                                               \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                        \
    }                                                                 \
  } while (0)

/// Runs `kernel` argv[1] times after one warm-up; prints nanoseconds and the checksum of each.  A
/// kernel only computes: CPU time is what it takes, whatever else the machine does.
static inline int run_kernel(uint64_t (*kernel)(void), int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 5;
  // Volatile: the compiler must not see that each call computes the same.
  uint64_t (*volatile hidden)(void) = kernel;
  hidden();
  for (int i = 0; i < rounds; i++) {
    const uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    const uint64_t checksum = hidden();
    const uint64_t took = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
    printf("%llu %016llx\n", (unsigned long long)took, (unsigned long long)checksum);
  }
  return 0;
}

/// Runs `operation` `count` times in each of `rounds` rounds; prints nanoseconds per operation.
static inline void run_operation(void (*operation)(void), int rounds, int count) {
  for (int round = -1; round < rounds; round++) {
    const uint64_t start = now_ns();
    for (int i = 0; i < count; i++)
      operation();
    const double each = (double)(now_ns() - start) / count;
    if (round >= 0) printf("%.1f\n", each);
  }
}
