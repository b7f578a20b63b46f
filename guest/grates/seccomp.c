// seccomp POLICY PROGRAM...: denies the calls that the file POLICY names
//
// A policy has a line for each rule; # begins a comment.
//   allow CALL...        as if no grate were there
//   deny ERRNO CALL...   fail: a name such as EPERM, or a number
//   log CALL...          one line on standard error, then as allowed
//   kill CALL...         the cage ends by SIGSYS
//   default allow | deny ERRNO | log | kill       what is said of all others; allow if it is
//   missing
// CALL is a name, or a number.  Of two rules for one call the later one holds.

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lind/grate.h"

enum { MAX_NUMBER = 1000 };

static int fail(const char* file, int line, const char* what, const char* which) {
  fprintf(stderr, "seccomp: %s:%d: %s%s\n", file, line, what, which);
  return 125;
}

static lind_result log_call(struct lind_call* call) {
  dprintf(2, "seccomp: cage %u: %s\n", call->target, lind_syscall_name(call->number));
  return lind_forward();
}

static lind_result kill_cage(struct lind_call* call) {
  dprintf(2, "seccomp: cage %u ends: %s\n", call->target, lind_syscall_name(call->number));
  // Whoever handles or blocks the signal ends by it nevertheless.
  static const struct {
    uint32_t handler, flags, restorer, unused;
    uint64_t mask;
  } by_default;
  static const uint64_t nothing;
  struct lind_call action = {.number = SYS_rt_sigaction,
                             .target = call->target,
                             .arg = {SIGSYS, (uintptr_t)&by_default, 0, 8}};
  struct lind_call mask = {.number = SYS_rt_sigprocmask,
                           .target = call->target,
                           .arg = {SIG_SETMASK, (uintptr_t)&nothing, 0, 8}};
  lind_make(&action);
  lind_make(&mask);
  kill((pid_t)call->target, SIGSYS);
  return -ENOSYS;
}

static int call_number(const char* word) {
  if (isdigit((unsigned char)word[0])) {
    char* end = NULL;
    const long number = strtol(word, &end, 10);
    return *end == '\0' && number < MAX_NUMBER ? (int)number : -2;
  }
  for (int number = 0; number < MAX_NUMBER; number++)
    if (strcmp(lind_syscall_name(number), word) == 0) return number;
  return -2;
}

static int error_number(const char* word) {
  if (word == NULL) return 0;
  if (isdigit((unsigned char)word[0])) return atoi(word) < 512 ? atoi(word) : 0;
  for (int error = 1; error < 512; error++) {
    const char* const name = strerrorname_np(error);
    if (name != NULL && strcmp(name, word) == 0) return error;
  }
  return 0;
}

// The child of this grate lives under the policy already when it executes the program.
static atomic_bool has_begun;
static const char* exec_action;
static int exec_error;

static lind_result execute(struct lind_call* call) {
  if (!atomic_exchange(&has_begun, true)) {
    const lind_result result = lind_forward();
    // Not there: the next place of PATH may have it.
    if (result < 0) atomic_store(&has_begun, false);
    return result;
  }
  if (strcmp(exec_action, "deny") == 0) return -exec_error;
  return strcmp(exec_action, "log") == 0 ? log_call(call) : kill_cage(call);
}

static bool add_rule(int number, const char* action, int error) {
  if (strcmp(action, "allow") == 0) return lind_on_pass(number) == 0;
  if (number == SYS_execve) {
    exec_action = strcmp(action, "deny") == 0  ? "deny"
                  : strcmp(action, "log") == 0 ? "log"
                                               : "kill";
    exec_error = error;
    return lind_on(number, execute) == 0;
  }
  if (strcmp(action, "deny") == 0) return lind_on_deny(number, error) == 0;
  if (strcmp(action, "log") == 0) return lind_on(number, log_call) == 0;
  return lind_on(number, kill_cage) == 0;
}

// A program that may not end would only be in a loop when it tries.
static void let_end(void) {
  lind_on_pass(SYS_exit);
  lind_on_pass(SYS_exit_group);
}

static int read_rule(const char* file, int line, char* text) {
  char* const comment = strchr(text, '#');
  if (comment != NULL) *comment = '\0';
  const char separators[] = " \t\r\n";
  const char* action = strtok(text, separators);
  if (action == NULL) return 0;
  const bool is_default = strcmp(action, "default") == 0;
  if (is_default) action = strtok(NULL, separators);
  if (action == NULL) return fail(file, line, "default needs an action", "");
  if (strcmp(action, "allow") != 0 && strcmp(action, "deny") != 0 && strcmp(action, "log") != 0 &&
      strcmp(action, "kill") != 0) {
    return fail(file, line, "no such action: ", action);
  }
  int error = 0;
  if (strcmp(action, "deny") == 0) {
    const char* const word = strtok(NULL, separators);
    error = error_number(word);
    if (error == 0) return fail(file, line, "deny needs an errno, not ", word ? word : "nothing");
  }
  if (is_default) {
    let_end();
    if (!add_rule(SYS_execve, action, error)) return fail(file, line, "too many rules", "");
    return add_rule(LIND_EVERY_NUMBER, action, error) ? 0 : fail(file, line, "too many rules", "");
  }
  for (const char* word; (word = strtok(NULL, separators)) != NULL;) {
    const int number = call_number(word);
    if (number < 0) return fail(file, line, "no such call: ", word);
    if (!add_rule(number, action, error)) return fail(file, line, "too many rules", "");
  }
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs("usage: seccomp POLICY PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  FILE* const policy = fopen(argv[1], "re");
  if (policy == NULL) {
    fprintf(stderr, "seccomp: %s: %s\n", argv[1], strerror(errno));
    return 125;
  }
  char* text = NULL;
  size_t size = 0;
  for (int line = 1; getline(&text, &size, policy) >= 0; line++) {
    const int status = read_rule(argv[1], line, text);
    if (status != 0) return status;
  }
  free(text);
  fclose(policy);
  return lind_run(argv + 2);
}
