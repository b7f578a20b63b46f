// A grate that does the worst it can harms those who depend on it, and they are told.

#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
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

// --- a notice that nobody gets to the end of
// ------------------------------------------------------

static lind_result sleep_for_ever(struct lind_call* call) {
  (void)call;
  for (;;)
    pause();
}

static lind_result spin_for_ever(struct lind_call* call) {
  (void)call;
  for (volatile int i = 0;; i++) {
  }
}

// The cage ends all the same, with the status it had.
static void notice_never_returns(lind_handler handler, int killed) {
  CHECK(lind_on(LIND_exit_notice, handler) == 0);
  const pid_t child = lind_fork();
  CHECK(child >= 0);
  if (child == 0) {
    if (killed) kill(getpid(), SIGKILL);
    _exit(9);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(killed ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 9);
  lind_on_pass(LIND_exit_notice);
}

static volatile int num_notices;

static lind_result count_notice(struct lind_call* call) {
  (void)call;
  num_notices++;
  return lind_forward();
}

// Who was dropped in the middle of a call still has its notice.
static void dropped_caller_has_its_notice(void) {
  CHECK(lind_on(SYS_getppid, spin_for_ever) == 0 && lind_on(LIND_exit_notice, count_notice) == 0);
  num_notices = 0;
  const pid_t child = lind_fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(1);
    syscall(SYS_getppid);
    _exit(1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGALRM);
  CHECK(num_notices == 1);
  lind_on_pass(LIND_exit_notice);
}

// --- a handler that waits for a lock -------------------------------------------------------------

static volatile int num_waits;

static lind_result count_wait(struct lind_call* call) {
  num_waits++;
  (void)call;
  return lind_forward();
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static lind_result take_lock(struct lind_call* call) {
  (void)call;
  tell('w');
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
  return lind_interrupted();
}

static volatile sig_atomic_t num_taken;

static void take(int number) {
  (void)number;
  num_taken++;
}

static void call_with_signal(void) {
  signal(SIGUSR1, take);
  CHECK(syscall(SYS_getppid) == 1);  // the signal waits until the handler has returned
  CHECK(num_taken == 1);
}

// Below us a grate that holds a lock which its handler wants, whose caller has a signal to take.
static void hold_lock(void) {
  CHECK(lind_on(SYS_getppid, take_lock) == 0);
  lind_on_pass(SYS_futex);
  pthread_mutex_lock(&lock);
  const pid_t caller = lind_fork();
  CHECK(caller >= 0);
  if (caller == 0) {
    call_with_signal();
    _exit(0);
  }
  CHECK(hear() == 'w');
  CHECK(kill(caller, SIGUSR1) == 0);
  const struct timespec half = {.tv_nsec = 500000000};
  nanosleep(&half, NULL);
  pthread_mutex_unlock(&lock);
  int status = 0;
  CHECK(waitpid(caller, &status, 0) == caller && status == 0);
}

static void lock_is_waited_for(void) {
  CHECK(lind_on(SYS_futex, count_wait) == 0);
  lind_on_pass(SYS_getppid);
  num_waits = 0;
  in_child(hold_lock);
  // Not in a circle: what is left is thread creation and the lock itself.
  if (num_waits > 100) fprintf(stderr, "%d waits\n", num_waits);
  CHECK(num_waits <= 100);
  lind_on_pass(SYS_futex);
}

// --- a handler that ends its thread
// ----------------------------------------------------------------

static volatile int num_cleanups;

static void clean_up(void* unused) {
  (void)unused;
  num_cleanups++;
}

static lind_result exit_thread(struct lind_call* call) {
  if (call->arg[0] == 0) return 5;
  pthread_cleanup_push(clean_up, NULL);
  pthread_exit(NULL);
  pthread_cleanup_pop(0);
}

static void call_exiting(void) {
  for (int i = 0; i < 20; i++) {
    CHECK(syscall(SYS_getppid, 0) == 5);
    CHECK(syscall(SYS_getppid, 1) == -1 && errno == ESRCH);
  }
  CHECK(syscall(SYS_getppid, 0) == 5);
}

static void threads_exit(void) {
  CHECK(lind_on(SYS_getppid, exit_thread) == 0);
  in_child(call_exiting);
  CHECK(num_cleanups == 20);
}

// --- a grate that takes away what it stands on
// -----------------------------------------------------

enum { DESCRIPTION = 1, EVERYTHING, PROTECT };

static lind_result destroy(struct lind_call* call) {
  const uintptr_t page = 65536;
  switch (call->arg[0]) {
    case DESCRIPTION:
      munmap((void*)((uintptr_t)call & ~(page - 1)), page);
      return 7;  // and the stack of this handler is gone with it
    case EVERYTHING:
      munmap((void*)page, 0x7fff0000);
      return 7;
    case PROTECT:
      mprotect((void*)((uintptr_t)call & ~(page - 1)), page, PROT_READ);
      return 7;
  }
  return 5;
}

static void ask_destroyer(int how) {
  CHECK(syscall(SYS_getppid, 0) == 5);
  const long result = syscall(SYS_getppid, how);
  CHECK(result == 7 || (result == -1 && errno == ESRCH));
  // Answered, or told: never hanging.
  const long after = syscall(SYS_getppid, 0);
  CHECK(after == 5 || (after == -1 && errno == ESRCH));
  tell('k');
}

static void grate_destroys_itself(int how) {
  const pid_t grate = fork();
  CHECK(grate >= 0);
  if (grate == 0) {
    CHECK(lind_on(SYS_getppid, destroy) == 0);
    const pid_t child = lind_fork();
    if (child == 0) {
      ask_destroyer(how);
      _exit(0);
    }
    waitpid(child, NULL, 0);
    _exit(0);
  }
  CHECK(hear() == 'k');
  CHECK(kill(grate, SIGKILL) == 0 || errno == ESRCH);
  CHECK(waitpid(grate, NULL, 0) == grate);
}

// --- garbage
// ---------------------------------------------------------------------------------------

static const lind_result garbage[] = {LLONG_MIN, LLONG_MAX, -512,        -513,         -514, -516,
                                      -4095,     -4096,     0x100000000, -0x100000000, -1,   0};
enum { NUM_GARBAGE = sizeof(garbage) / sizeof(garbage[0]) };

static lind_result answer_garbage(struct lind_call* call) {
  (void)call;
  static volatile unsigned turn;
  return garbage[turn++ % NUM_GARBAGE];
}

static void live_on_garbage(void) {
  // All calls that the host acts on itself when it answers them.
  static const int numbers[] = {SYS_getppid, SYS_read,         SYS_mmap,         SYS_brk,
                                SYS_futex,   SYS_fork,         SYS_vfork,        SYS_execve,
                                SYS_wait4,   SYS_rt_sigaction, SYS_kill,         SYS_close,
                                SYS_munmap,  SYS_getpid,       SYS_rt_sigreturn, SYS_exit,
                                SYS_dup2,    SYS_epoll_wait,   SYS_nanosleep};
  for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    for (int j = 0; j < NUM_GARBAGE; j++)
      lind_raw_syscall(numbers[i], 0, 0, 0, 0, 0, 0);
  }
  // Of what nobody answers as it should a process dies by a signal.
  _exit(0);
}

static void garbage_is_harmless(void) {
  forget_routes();
  CHECK(lind_on(LIND_EVERY_NUMBER, answer_garbage) == 0);
  for (int number = 0; number < 500; number++)
    CHECK(lind_on(number, answer_garbage) == 0);
  const pid_t child = lind_fork();
  CHECK(child >= 0);
  if (child == 0) live_on_garbage();
  // It cannot end itself: exit_group is answered too.
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  forget_routes();
}

// --- a table that changes while a call is on its way
// -----------------------------------------------

static volatile int gate;

static lind_result wait_at_gate(struct lind_call* call) {
  (void)call;
  tell('g');
  while (!gate)
    usleep(1000);
  return 5;
}

static lind_result answer_six(struct lind_call* call) {
  (void)call;
  return 6;
}

static int turns[2];  // we tell the caller that the table has changed

static void await_turn(void) {
  char turn = 0;
  CHECK(read(turns[0], &turn, 1) == 1);
}

static void call_between_changes(void) {
  CHECK(syscall(SYS_getppid) == 5);
  await_turn();
  CHECK(syscall(SYS_getppid) == 6);
  tell('c');
  await_turn();
  const long parent = syscall(SYS_getppid);
  CHECK(parent != 5 && parent != 6);
}

static void change_turn(void) {
  CHECK(write(turns[1], "t", 1) == 1);
}

static void table_changes_in_flight(void) {
  CHECK(pipe(turns) == 0);
  CHECK(lind_on(SYS_getppid, wait_at_gate) == 0);
  gate = 0;
  const pid_t child = lind_fork();
  CHECK(child >= 0);
  if (child == 0) {
    call_between_changes();
    _exit(0);
  }
  const uint32_t cage = (uint32_t)child;
  CHECK(hear() == 'g');
  // The call that is inside goes on as it began, however often the route changes.
  for (int i = 0; i < 200; i++) {
    CHECK(lind_register(cage, SYS_getppid, i % 2 == 0 ? answer_six : wait_at_gate) == 0);
    CHECK(lind_deregister(cage, SYS_getppid) == 0);
  }
  CHECK(lind_register(cage, SYS_getppid, answer_six) == 0);
  gate = 1;
  change_turn();
  CHECK(hear() == 'c');
  CHECK(lind_deregister(cage, SYS_getppid) == 0);
  change_turn();
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
  alarm(60);
  CHECK(pipe(told) == 0);
  setbuf(stdout, NULL);
  notice_never_returns(sleep_for_ever, 0);
  notice_never_returns(spin_for_ever, 1);
  dropped_caller_has_its_notice();
  puts("notices ended");
  lock_is_waited_for();
  puts("a lock was waited for");
  threads_exit();
  puts("threads ended");
  for (int how = DESCRIPTION; how <= PROTECT; how++)
    grate_destroys_itself(how);
  puts("grates destroyed themselves");
  garbage_is_harmless();
  puts("garbage was harmless");
  table_changes_in_flight();
  puts("hostile: passed");
  return 0;
}
