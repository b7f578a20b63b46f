// fault RULES PROGRAM...: makes calls fail or wait, such as read=EIO@3 or write=delay:50%2
//
// RULES are separated by commas: CALL=ERRNO or CALL=delay:MILLISECONDS, then how often: @N the Nth
// call only,
// @N+ from the Nth on, %N every Nth.  All calls of the program and its children count together.

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lind/grate.h"

enum { MAX_NUMBER = 512 };
static struct {
  int error;
  long delay_ms;
  unsigned long first, every;
  int goes_on;
  atomic_ulong count;
} rules[MAX_NUMBER];

static lind_result apply(struct lind_call* call) {
  const unsigned long count = atomic_fetch_add(&rules[call->number].count, 1) + 1;
  const unsigned long first = rules[call->number].first, every = rules[call->number].every;
  const int applies = every != 0 ? count % every == 0
                                 : count == first || (count > first && rules[call->number].goes_on);
  if (!applies) return lind_forward();
  if (rules[call->number].error != 0) return -rules[call->number].error;
  const struct timespec delay = {.tv_sec = rules[call->number].delay_ms / 1000,
                                 .tv_nsec = rules[call->number].delay_ms % 1000 * 1000000};
  nanosleep(&delay, NULL);
  return lind_forward();
}

static int error_number(const char* name) {
  for (int error = 1; error < 512; error++) {
    const char* const known = strerrorname_np(error);
    if (known != NULL && strcmp(known, name) == 0) return error;
  }
  return 0;
}

static int add_rule(char* rule) {
  char* const what = strchr(rule, '=');
  if (what == NULL) return -1;
  *what = '\0';
  int number = 0;
  while (number < MAX_NUMBER && strcmp(lind_syscall_name(number), rule) != 0)
    number++;
  if (number == MAX_NUMBER) return -1;
  rules[number].first = 1;
  rules[number].goes_on = 1;
  char* const when = strpbrk(what + 1, "@%");
  if (when != NULL) {
    char* end = NULL;
    const unsigned long value = strtoul(when + 1, &end, 10);
    rules[number].goes_on = *end == '+';
    if (value == 0 || (*end != '\0' && strcmp(end, "+") != 0)) return -1;
    if (*when == '%')
      rules[number].every = value;
    else
      rules[number].first = value;
    *when = '\0';
  }
  if (strncmp(what + 1, "delay:", 6) == 0) {
    rules[number].delay_ms = atol(what + 7);
    if (rules[number].delay_ms <= 0) return -1;
  } else {
    rules[number].error = error_number(what + 1);
    if (rules[number].error == 0) return -1;
  }
  return lind_on(number, apply);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: fault CALL=ERRNO|delay:MS[@N[+]|%N],... PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  char* next = NULL;
  for (char* rule = strtok_r(argv[1], ",", &next); rule != NULL;
       rule = strtok_r(NULL, ",", &next)) {
    if (add_rule(rule) != 0) {
      fprintf(stderr, "fault: not a rule: %s\n", rule);
      return 125;
    }
  }
  return lind_run(argv + 2);
}
