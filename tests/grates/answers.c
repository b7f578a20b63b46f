// Handlers answer, forward, read and write the caller's memory, and are threads of their grate.

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>

#include "grate_test.h"

static lind_result answer_4242(struct lind_call* call) {
  CHECK(call->number == SYS_getppid);
  CHECK(call->target != call->grate && call->grate == (uint32_t)getpid());
  return 4242;
}

static lind_result answer_wide(struct lind_call* call) {
  return (lind_result)(call->arg[1] << 32);
}

static lind_result fail_inside(struct lind_call* call) {
  (void)call;
  errno = 0;
  CHECK(open("/nothing/there", O_RDONLY) == -1 && errno == ENOENT);
  char* text = malloc(100000);
  CHECK(text != NULL);
  memset(text, 'x', 100000);
  free(text);
  return -EXDEV;
}

static lind_result shout(struct lind_call* call) {
  char text[64];
  const size_t bytes = call->arg[2] < sizeof(text) ? call->arg[2] : sizeof(text);
  if (call->arg[0] != 1) return lind_forward();
  CHECK(lind_get(call, 1, text, bytes) == (ssize_t)bytes);
  for (size_t i = 0; i < bytes; i++)
    if (text[i] >= 'a' && text[i] <= 'z') text[i] -= 'a' - 'A';
  lind_give(call, 1, text);
  return lind_make(call);
}

static lind_result rename_system(struct lind_call* call) {
  const lind_result result = lind_forward();
  if (result != 0) return result;
  CHECK(lind_put(call, 0, "Grate", 6) == 6);
  return 0;
}

static void plain(void) {
  CHECK(syscall(SYS_getppid) == 4242);
  CHECK(lseek64(100, 7, SEEK_SET) == (off64_t)7 << 32);
  errno = EDOM;
  CHECK(access("/", R_OK) == -1 && errno == EXDEV);
  struct utsname name;
  CHECK(uname(&name) == 0 && strcmp(name.sysname, "Grate") == 0);
  CHECK(write(1, "shouted\n", 8) == 8);
  CHECK(getpid() == (pid_t)syscall(SYS_getpid));
}

// --- many callers at once -----------------------------------------------------------------------

enum { THREADS = 4, CALLS = 2000 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static lind_result count(struct lind_call* call) {
  static _Thread_local pthread_t self;
  static _Thread_local int known;
  if (!known) self = pthread_self();
  known = 1;
  CHECK(pthread_equal(self, pthread_self()));
  pthread_mutex_lock(&lock);
  const long now = ++counter;
  pthread_mutex_unlock(&lock);
  (void)call;
  return now;
}

static lind_result report(struct lind_call* call) {
  (void)call;
  return counter;
}

static void* ask(void* unused) {
  for (int i = 0; i < CALLS; i++)
    CHECK(syscall(SYS_getuid) > 0);
  return unused;
}

static void many(void) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL, ask, NULL) == 0);
  for (int i = 0; i < THREADS; i++)
    CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(syscall(SYS_getgid) == THREADS * CALLS);
}

// --- fork, exec and exit through a handler that forwards ----------------------------------------

static int num_clones, num_exits;

static lind_result watch(struct lind_call* call) {
  if (call->number == SYS_clone) num_clones++;
  if (call->number == SYS_exit_group) num_exits++;
  return lind_forward();
}

static void* nothing(void* unused) {
  return unused;
}

static void family(void) {
  for (int i = 0; i < 5; i++) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(syscall(SYS_getppid) == 4242 ? 10 + i : 1);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 10 + i);
  }
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0);
  signal(SIGUSR1, SIG_IGN);
  CHECK(raise(SIGUSR1) == 0);
}

// --- grates upon grates -------------------------------------------------------------------------

static lind_result add_one(struct lind_call* call) {
  (void)call;
  return lind_forward() + 1;
}

static void level(int depth) {
  if (depth == 0) {
    // Often enough to use up a stack that a call does not give back.
    for (int i = 0; i < 5000; i++)
      CHECK(syscall(SYS_getppid) >= 4242 + 10);
    return;
  }
  forget_routes();
  CHECK(lind_on(SYS_getppid, add_one) == 0);
  const pid_t child = lind_fork();
  CHECK(child >= 0);
  if (child == 0) {
    level(depth - 1);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void ten_levels(void) {
  level(10);
}

int main(void) {
  lind_on(SYS_getppid, answer_4242);
  lind_on(SYS_lseek, answer_wide);
  lind_on(SYS_access, fail_inside);
  lind_on(SYS_faccessat, fail_inside);
  lind_on(SYS_faccessat2, fail_inside);
  lind_on(SYS_write, shout);
  lind_on(SYS_uname, rename_system);
  in_child(plain);
  lind_on_pass(SYS_write);
  lind_on(SYS_getuid, count);
  lind_on(SYS_getgid, report);
  in_child(many);
  lind_on(LIND_EVERY_NUMBER, watch);
  in_child(family);
  // Five forks and a thread; and each of the six processes, which could be grates, one thread more.
  CHECK(num_clones == 12 && num_exits == 6);
  lind_on_pass(LIND_EVERY_NUMBER);
  in_child(ten_levels);
  puts("answers: passed");
  return 0;
}
