// fork inside signal handlers: of a computing program, of a sleeping one, of a handler inside a
// handler.  Both sides return from it and finish the computation.
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static atomic_int num_forks;
static atomic_int is_child;
static volatile pid_t children[64];
static volatile int depth;

static void fork_now(int signo) {
  (void)signo;
  if (is_child || num_forks >= 32) return;
  const pid_t child = fork();
  if (child < 0) _exit(99);
  if (child == 0) {
    is_child = 1;
  } else {
    children[num_forks++] = child;
  }
}

static void nested(int signo) {
  if (depth++ == 0) raise(SIGUSR2);
  if (signo == SIGUSR2) fork_now(signo);
  depth--;
}

static sigjmp_buf place;

static void jump_out(int signo) {
  fork_now(signo);
  siglongjmp(place, 5);
}

static unsigned compute(void) {
  unsigned sum = 1;
  for (unsigned i = 0; i < 10000000; i++)
    sum = sum * 1664525 + (sum >> 16) + i;
  return sum;
}

static int reap_all(void) {
  int num_good = 0;
  for (int i = 0; i < num_forks; i++) {
    int status;
    CHECK(waitpid(children[i], &status, 0) == children[i]);
    num_good += WIFEXITED(status) && WEXITSTATUS(status) == 7;
  }
  const int all = num_good == num_forks;
  num_forks = 0;
  return all;
}

static void set_handler(int signo, void (*handler)(int)) {
  const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  CHECK(sigaction(signo, &action, NULL) == 0);
}

int main(void) {
  const unsigned expected = compute();
  set_handler(SIGALRM, fork_now);
  const struct itimerval often = {.it_interval = {.tv_usec = 3000}, .it_value = {.tv_usec = 1000}};
  const struct itimerval never = {.it_value = {.tv_usec = 0}};
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  while (num_forks < 8) {
    const unsigned found = compute();
    if (is_child) _exit(found == expected ? 7 : 8);
    CHECK(found == expected);
  }
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  if (is_child) _exit(7);  // forked after the last look
  printf("computing: %d\n", reap_all());

  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  const pid_t writer = fork();
  if (writer == 0) {
    usleep(100000);
    CHECK(write(ends[1], "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 40) == 40);
    _exit(0);
  }
  char byte = 0;
  const ssize_t got = read(ends[0], &byte, 1);
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  if (is_child) _exit(got == 1 && byte == 'x' ? 7 : 9);
  CHECK(got == 1 && waitpid(writer, NULL, 0) == writer);
  printf("sleeping: %d\n", reap_all());

  set_handler(SIGUSR1, nested);
  set_handler(SIGUSR2, nested);
  CHECK(raise(SIGUSR1) == 0);
  if (is_child) _exit(depth == 0 ? 7 : 10);
  printf("nested: %d %d\n", (int)num_forks, depth);
  printf("nested: %d\n", reap_all());

  set_handler(SIGUSR1, jump_out);
  volatile int rounds = 0;
  const int from = sigsetjmp(place, 1);
  if (is_child) _exit(from == 5 ? 7 : 11);
  if (rounds++ < 5) raise(SIGUSR1);
  printf("jumping: %d %d\n", from, (int)num_forks);
  printf("jumping: %d\n", reap_all());
  return 0;
}
