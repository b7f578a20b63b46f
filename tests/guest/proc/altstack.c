// A handler runs on the alternate stack if it asks for it.
#include <signal.h>
#include <unistd.h>

#include "check.h"

static char stack[65536] __attribute__((aligned(16)));
static volatile int on_it;

static void look(int signo) {
  char here;
  (void)signo;
  on_it = &here >= stack && &here < stack + sizeof(stack);
  stack_t now;
  CHECK(sigaltstack(NULL, &now) == 0);
  printf("on it %d flags %d\n", on_it, now.ss_flags);
  stack_t other = {.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof(stack)};
  if (on_it) CHECK_FAILS(sigaltstack(&other, NULL), EPERM);
}

int main(void) {
  stack_t given = {.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof(stack)}, old;
  CHECK(sigaltstack(&given, &old) == 0);
  printf("before: flags %d\n", old.ss_flags);
  struct sigaction action = {.sa_handler = look, .sa_flags = SA_ONSTACK};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  raise(SIGUSR1);
  action.sa_flags = 0;
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  raise(SIGUSR1);
  given.ss_size = 1024;
  CHECK_FAILS(sigaltstack(&given, NULL), ENOMEM);
  given.ss_flags = 77;
  CHECK_FAILS(sigaltstack(&given, NULL), EINVAL);
  given.ss_flags = SS_DISABLE;
  CHECK(sigaltstack(&given, NULL) == 0 && sigaltstack(NULL, &old) == 0);
  printf("disabled: %d\n", old.ss_flags == SS_DISABLE);
  return 0;
}
