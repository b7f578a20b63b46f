// Each kind of crash is seen by the parent as the signal that Linux sends; the parent lives on.
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile int zero;
static volatile int seven = 7;
static volatile int minimum = INT32_MIN;
static volatile int64_t minimum64 = INT64_MIN;

static void write_null(void) {
  *(volatile int*)(uintptr_t)zero = 1;
}
static void read_null_field(void) {
  zero = *(volatile int*)(uintptr_t)(zero + 200);
}
static void write_wild(void) {
  *(volatile int*)(uintptr_t)0xfffffff0u = 1;
}
static void divide(void) {
  zero = seven / zero;
}
static void divide_long(void) {
  zero = (int)((int64_t)seven / zero);
}
static void remainder_by_zero(void) {
  zero = seven % zero;
}
static void overflow(void) {
  zero = minimum / (zero - 1);
}
static void overflow_long(void) {
  zero = (int)(minimum64 / (zero - 1));
}
static void stop(void) {
  abort();
}
static void trap(void) {
  __builtin_trap();
}
static void call_null(void) {
  ((void (*volatile)(void))(uintptr_t)zero)();
}
static void raise_segv(void) {
  raise(SIGSEGV);
}
static void raise_kill(void) {
  kill(getpid(), SIGKILL);
}
static void raise_term(void) {
  raise(SIGTERM);
}

static const struct {
  const char* name;
  void (*crash)(void);
} cases[] = {
    {"write through null", write_null},
    {"read near null", read_null_field},
    {"write to a wild address", write_wild},
    {"divide by zero", divide},
    {"divide long by zero", divide_long},
    {"remainder by zero", remainder_by_zero},
    {"overflowing division", overflow},
    {"overflowing long division", overflow_long},
    {"abort", stop},
    {"trap", trap},
    {"call through null", call_null},
    {"raise SIGSEGV", raise_segv},
    {"kill oneself", raise_kill},
    {"raise SIGTERM", raise_term},
};

int main(void) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      cases[i].crash();
      _exit(99);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    printf("%s: signaled %d, signal %d, exit %d\n", cases[i].name, WIFSIGNALED(status),
           WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFEXITED(status) ? WEXITSTATUS(status) : 0);
  }
  return 0;
}
