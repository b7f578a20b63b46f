// However a caller, a grate or something between ends, the others go on and are told.

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include "../../guest/grate/src/raw.h"
#include "grate_test.h"

static int told[2];  // a pipe that every process shares

static void tell(char verdict) {
  CHECK(write(told[1], &verdict, 1) == 1);
}

static char hear(void) {
  char verdict = 0;
  CHECK(read(told[0], &verdict, 1) == 1);
  return verdict;
}

// --- a grate that ends --------------------------------------------------------------------------

enum { CRASH = 1, EXIT, KILL_SELF, THREAD_EXIT, SLEEP, SPIN, FORK };

static lind_result misbehave(struct lind_call* call) {
  switch (call->arg[0]) {
    case CRASH:
      return *(volatile int*)16;
    case EXIT:
      exit(3);
    case KILL_SELF:
      kill(getpid(), SIGKILL);
      for (;;)
        pause();
    case THREAD_EXIT:
      syscall(SYS_exit, 0);
    case SLEEP:
      tell('s');
      for (;;)
        pause();
    case SPIN:
      tell('s');
      for (volatile int i = 0;; i++) {
      }
    case FORK: {
      // The child has this handler alone, and its return ends it.
      const pid_t child = fork();
      if (child == 0) return 1;
      int status = 0;
      return waitpid(child, &status, 0) == child && status == 0 ? 77 : -ECHILD;
    }
  }
  return 5;
}

static void ask_dying(int how) {
  CHECK(syscall(SYS_getppid, 0) == 5);
  errno = 0;
  CHECK(syscall(SYS_getppid, how) == -1 && errno == ESRCH);
  // A grate that has ended lets nobody through.
  CHECK(syscall(SYS_getppid, 0) == (how == THREAD_EXIT ? 5 : -1));
  tell('k');
}

// A grate in a process of its own that dies under its child.
static void grate_dies(int how) {
  const pid_t grate = fork();
  CHECK(grate >= 0);
  if (grate == 0) {
    CHECK(lind_on(SYS_getppid, misbehave) == 0);
    const pid_t child = lind_fork();
    if (child == 0) {
      ask_dying(how);
      _exit(0);
    }
    for (;;) {
      if (waitpid(child, NULL, 0) == child) _exit(0);
    }
  }
  CHECK(hear() == 'k');
  int status = 0;
  CHECK(waitpid(grate, &status, 0) == grate);
  if (how == CRASH) CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  if (how == EXIT) CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
  if (how == KILL_SELF) CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

// Killed from outside while a handler sleeps or loops.
static void grate_is_killed(int how) {
  const pid_t grate = fork();
  CHECK(grate >= 0);
  if (grate == 0) {
    CHECK(lind_on(SYS_getppid, misbehave) == 0);
    if (lind_fork() == 0) {
      ask_dying(how);
      _exit(0);
    }
    for (;;)
      pause();
  }
  CHECK(hear() == 's');
  CHECK(kill(grate, SIGKILL) == 0);
  CHECK(hear() == 'k');
  CHECK(waitpid(grate, NULL, 0) == grate);
}

// --- a caller that ends -------------------------------------------------------------------------

static void caller_is_killed(int how) {
  CHECK(lind_on(SYS_getppid, misbehave) == 0);
  const pid_t caller = lind_fork();
  CHECK(caller >= 0);
  if (caller == 0) {
    syscall(SYS_getppid, how);
    _exit(1);
  }
  CHECK(hear() == 's');
  CHECK(kill(caller, SIGKILL) == 0);
  int status = 0;
  CHECK(waitpid(caller, &status, 0) == caller);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

// --- between ------------------------------------------------------------------------------------

static lind_result pass_on(struct lind_call* call) {
  (void)call;
  return lind_forward();
}

// outer grate (us) <- middle grate <- caller; the middle one is killed while ours sleeps.
static void middle_is_killed(void) {
  CHECK(lind_on(SYS_getppid, misbehave) == 0);
  const pid_t middle = lind_fork();
  CHECK(middle >= 0);
  if (middle == 0) {
    CHECK(lind_on(SYS_getppid, pass_on) == 0);
    if (lind_fork() == 0) {
      ask_dying(SLEEP);
      _exit(0);
    }
    for (;;)
      pause();
  }
  CHECK(hear() == 's');
  CHECK(kill(middle, SIGKILL) == 0);
  CHECK(hear() == 'k');
  CHECK(waitpid(middle, NULL, 0) == middle);
}

// --- signals ------------------------------------------------------------------------------------

static volatile sig_atomic_t num_taken;

static void take(int number) {
  (void)number;
  num_taken++;
}

static lind_result wait_for_signal(struct lind_call* call) {
  (void)call;
  struct timespec long_time = {.tv_sec = 100};
  tell('s');
  return nanosleep(&long_time, NULL) == -1 ? -errno : 0;
}

// A caller's signal ends the sleep of its handler and is taken when that has returned.
static void caller_gets_signal(void) {
  CHECK(lind_on(SYS_getppid, wait_for_signal) == 0);
  const pid_t caller = lind_fork();
  CHECK(caller >= 0);
  if (caller == 0) {
    signal(SIGUSR1, take);
    CHECK(syscall(SYS_getppid) == -1 && errno == EINTR);
    CHECK(num_taken == 1);
    _exit(0);
  }
  CHECK(hear() == 's');
  CHECK(kill(caller, SIGUSR1) == 0);
  int status = 0;
  CHECK(waitpid(caller, &status, 0) == caller && status == 0);
}

// A read that was forwarded starts again under SA_RESTART.
static int pipe_ends[2];

static lind_result slow_read(struct lind_call* call) {
  if (call->arg[0] == (uint64_t)pipe_ends[0]) tell('s');
  return lind_forward();
}

static void read_restarts(void) {
  CHECK(pipe(pipe_ends) == 0);
  CHECK(lind_on(SYS_read, slow_read) == 0);
  const pid_t caller = lind_fork();
  CHECK(caller >= 0);
  if (caller == 0) {
    signal(SIGUSR1, take);  // with SA_RESTART
    char byte = 0;
    CHECK(read(pipe_ends[0], &byte, 1) == 1 && byte == 'x' && num_taken == 1);
    _exit(0);
  }
  CHECK(hear() == 's');
  CHECK(kill(caller, SIGUSR1) == 0);
  CHECK(hear() == 's');
  CHECK(write(pipe_ends[1], "x", 1) == 1);
  int status = 0;
  CHECK(waitpid(caller, &status, 0) == caller && status == 0);
  lind_on_pass(SYS_read);
}

// --- notices ------------------------------------------------------------------------------------

static volatile int noticed_status = -1;
static volatile uint32_t noticed_cage;

static lind_result notice(struct lind_call* call) {
  // Nobody is left who could make a call.
  struct lind_call fork_it = {.number = SYS_fork, .target = call->target};
  CHECK(lind_make(&fork_it) == -ESRCH);
  noticed_status = (int)call->arg[0];
  noticed_cage = call->target;
  return lind_forward();
}

static void ends_are_noticed(void) {
  CHECK(lind_on(LIND_exit_notice, notice) == 0);
  const pid_t child = lind_fork();
  CHECK(child >= 0);
  if (child == 0) {
    for (;;)
      pause();
  }
  CHECK(kill(child, SIGTERM) == 0);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(noticed_cage == (uint32_t)child && noticed_status == status && WTERMSIG(status) == SIGTERM);
}

// --- cycles -------------------------------------------------------------------------------------

static lind_result call_again(struct lind_call* call) {
  struct lind_request request = {
      .number = SYS_getppid, .table = call->target, .target = call->target};
  return lind_raw_syscall(LIND_make_syscall, (uintptr_t)&request, 0, 0, 0, 0, 0);
}

// A grate that goes through its caller's table reaches itself again, until there is a limit.
static void cycle(void) {
  errno = 0;
  CHECK(syscall(SYS_getppid) == -1);
  CHECK(errno == ELOOP || errno == ESRCH || errno == EAGAIN);
}

int main(void) {
  alarm(100);
  CHECK(pipe(told) == 0);
  for (int how = CRASH; how <= THREAD_EXIT; how++)
    grate_dies(how);
  puts("grates died");
  grate_is_killed(SLEEP);
  grate_is_killed(SPIN);
  puts("grates were killed");
  caller_is_killed(SLEEP);
  caller_is_killed(SPIN);
  puts("callers were killed");
  middle_is_killed();
  puts("one between was killed");
  caller_gets_signal();
  read_restarts();
  puts("signals arrived");
  ends_are_noticed();
  puts("ends were noticed");
  lind_on(SYS_getppid, misbehave);
  const pid_t child = lind_fork();
  if (child == 0) _exit(syscall(SYS_getppid, FORK) == 77 ? 0 : 1);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  puts("a handler forked");
  lind_on(SYS_getppid, call_again);
  in_child(cycle);
  puts("ends: passed");
  return 0;
}
