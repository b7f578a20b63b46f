// A loop that waits for what a signal handler stores, and writes to something else meanwhile.
#include <signal.h>
#include <sys/time.h>

#include "check.h"

static volatile sig_atomic_t stop;
static unsigned long rounds;

static void handle(int signal) {
  stop = signal;
}

// Every size, and what no atomic access can do.
static volatile char small;
static volatile long long wide;
static volatile double real;
static struct __attribute__((packed)) {
  char before;
  volatile int value;
} packed;
static struct {
  volatile int low : 3, high : 13;
} bits;

int main(void) {
  CHECK(signal(SIGALRM, handle) != SIG_ERR);
  const struct itimerval soon = {.it_value = {.tv_usec = 20000}};
  CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
  while (!stop)
    rounds++;
  CHECK(stop == SIGALRM && rounds > 0);
  small = 3;
  wide = 1LL << 40;
  real = 1.5;
  packed.value = -7;
  bits.low = 2;
  bits.high = -4000;
  CHECK(small == 3 && wide == 1LL << 40 && real == 1.5 && packed.value == -7);
  CHECK(bits.low == 2 && bits.high == -4000);
  return 0;
}
