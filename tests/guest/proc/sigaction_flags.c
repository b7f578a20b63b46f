// Every flag of sigaction, and what siginfo says of each source.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t depth, deepest, calls;
static siginfo_t last;

static void simple(int signo) {
  (void)signo;
  calls++;
}
static void nested(int signo) {
  depth++;
  calls++;
  if (depth > deepest) deepest = depth;
  if (calls < 3) raise(signo);
  depth--;
}
static void detailed(int signo, siginfo_t *info, void *context) {
  (void)signo;
  CHECK(context != NULL);
  last = *info;
  calls++;
}

static void set(int signo, int flags, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  CHECK(sigaction(signo, &action, NULL) == 0);
  calls = depth = deepest = 0;
}
static void set_detailed(int signo, int flags) {
  struct sigaction action = {.sa_sigaction = detailed, .sa_flags = flags | SA_SIGINFO};
  CHECK(sigaction(signo, &action, NULL) == 0);
  memset(&last, 0, sizeof(last));
  calls = 0;
}

static void nesting(void) {
  set(SIGUSR1, 0, nested);
  raise(SIGUSR1);
  printf("deferred: %d calls, depth %d\n", (int)calls, (int)deepest);
  set(SIGUSR1, SA_NODEFER, nested);
  raise(SIGUSR1);
  printf("nodefer: %d calls, depth %d\n", (int)calls, (int)deepest);
}

static void resetting(void) {
  set(SIGURG, SA_RESETHAND, simple);
  raise(SIGURG);
  raise(SIGURG);
  struct sigaction now;
  CHECK(sigaction(SIGURG, NULL, &now) == 0);
  printf("resethand: %d calls, default %d\n", (int)calls, now.sa_handler == SIG_DFL);
}

static void masks(void) {
  struct sigaction action = {.sa_handler = nested};
  sigaddset(&action.sa_mask, SIGUSR2);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  struct sigaction got;
  CHECK(sigaction(SIGUSR1, NULL, &got) == 0);
  printf("mask has usr2 %d, usr1 %d, kill %d\n", sigismember(&got.sa_mask, SIGUSR2), sigismember(&got.sa_mask, SIGUSR1),
         sigismember(&got.sa_mask, SIGKILL));
  CHECK_FAILS(sigaction(SIGKILL, &action, NULL), EINVAL);
  CHECK_FAILS(sigaction(SIGSTOP, &action, NULL), EINVAL);
  CHECK_FAILS(sigaction(0, &action, NULL), EINVAL);
  CHECK_FAILS(sigaction(65, &action, NULL), EINVAL);
}

static void show(const char *name) {
  printf("%s: signo %d code %d", name, last.si_signo, last.si_code);
  if (last.si_code == SI_USER || last.si_code == SI_TKILL || last.si_code == SI_QUEUE)
    printf(" from self %d uid %d", last.si_pid == getpid(), last.si_uid == getuid());
  if (last.si_code == SI_QUEUE || last.si_code == SI_TIMER) printf(" value %d", last.si_value.sival_int);
  printf("\n");
}

static void sources(void) {
  set_detailed(SIGUSR1, 0);
  CHECK(kill(getpid(), SIGUSR1) == 0);
  show("kill");
  CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0);
  show("pthread_kill");
  CHECK(raise(SIGUSR1) == 0);
  show("raise");
  union sigval value = {.sival_int = 42};
  CHECK(sigqueue(getpid(), SIGUSR1, value) == 0);
  show("sigqueue");

  set_detailed(SIGALRM, 0);
  struct itimerval once = {.it_value = {.tv_usec = 1000}};
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
  while (calls == 0) pause();
  show("setitimer");

  set_detailed(SIGRTMIN, 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value = {.sival_int = 7}};
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
  CHECK(timer_settime(timer, 0, &soon, NULL) == 0);
  while (calls == 0) usleep(1000);
  show("timer");
  CHECK(timer_delete(timer) == 0);
}

static void children(void) {
  set_detailed(SIGCHLD, 0);
  pid_t pid = fork();
  if (pid == 0) _exit(9);
  while (calls == 0) usleep(1000);
  printf("exited: code %d status %d child %d\n", last.si_code, last.si_status, last.si_pid == pid);
  CHECK(waitpid(pid, NULL, 0) == pid);
  set_detailed(SIGCHLD, 0);
  pid = fork();
  if (pid == 0) {
    raise(SIGKILL);
    _exit(0);
  }
  while (calls == 0) usleep(1000);
  printf("killed: code %d status %d\n", last.si_code, last.si_status);
  CHECK(waitpid(pid, NULL, 0) == pid);

  set_detailed(SIGCHLD, SA_NOCLDSTOP);
  pid = fork();
  if (pid == 0) {
    raise(SIGSTOP);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
  printf("nocldstop: %d calls\n", (int)calls);
  CHECK(kill(pid, SIGCONT) == 0);
  CHECK(waitpid(pid, &status, 0) == pid);

  set(SIGCHLD, SA_NOCLDWAIT, SIG_DFL);
  pid = fork();
  if (pid == 0) _exit(0);
  CHECK_FAILS(waitpid(pid, &status, 0), ECHILD);
  set(SIGCHLD, 0, SIG_DFL);
}

static sigjmp_buf back;
static void jump(int signo, siginfo_t *info, void *context) {
  (void)context;
  last = *info;
  siglongjmp(back, signo);
}

static int volatile zero;
static char *page;
static void fault(int kind) {
  volatile char *nowhere = (char *)8;
  switch (kind) {
    case 0:
      *nowhere = 1;
      break;
    case 1:
      *(volatile char *)page = 1;
      break;
    case 2:
      zero = 77 / zero;
      break;
    case 3:
      __builtin_trap();
    case 4:
      abort();
  }
}

static void faults(void) {
  static const char *const names[] = {"null", "read-only", "division", "trap", "abort"};
  page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  struct sigaction action = {.sa_sigaction = jump, .sa_flags = SA_SIGINFO};
  for (size_t i = 0; i < 4; i++) {
    static const int signals[] = {SIGSEGV, SIGFPE, SIGILL, SIGBUS};
    CHECK(sigaction(signals[i], &action, NULL) == 0);
  }
  CHECK(sigaction(SIGABRT, &action, NULL) == 0);
  for (int round = 0; round < 3; round++) {
    for (int kind = 0; kind < 5; kind++) {
      int signo = sigsetjmp(back, 1);
      if (signo == 0) {
        fault(kind);
        CHECK(0);
      }
      sigset_t blocked;
      CHECK(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0);
      if (round > 0) continue;
      printf("%s: signal %d blocked %d", names[kind], signo, sigismember(&blocked, signo));
      if (kind == 0) printf(" code %d address %d", last.si_code, (int)(long)last.si_addr);
      if (kind == 1) printf(" code %d address %d", last.si_code, last.si_addr == page);
      if (kind == 2) printf(" code %d", last.si_code);
      printf("\n");
    }
  }
}

static char alternate[65536];
static volatile int on_alternate;
static void on_stack(int signo) {
  char here;
  (void)signo;
  on_alternate = &here >= alternate && &here < alternate + sizeof(alternate);
  stack_t now;
  CHECK(sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_ONSTACK) != 0);
}
static void alternates(void) {
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
  CHECK(sigaltstack(&stack, NULL) == 0);
  set(SIGUSR2, SA_ONSTACK, on_stack);
  raise(SIGUSR2);
  printf("onstack %d\n", on_alternate);
}

int main(void) {
  nesting();
  resetting();
  masks();
  sources();
  children();
  faults();
  alternates();
  return 0;
}
