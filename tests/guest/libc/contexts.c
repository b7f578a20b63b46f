// getcontext, setcontext, makecontext, swapcontext.
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "check.h"

enum { kStack = 128 * 1024 };

static ucontext_t home, first, second;
static int yielded;
static _Thread_local int per_thread;

static void generator(int from, int to, int step) {
  for (int i = from; i < to; i += step) {
    yielded = i;
    CHECK(swapcontext(&first, &home) == 0);
  }
  yielded = -1;
}

static void generate(void) {
  char* stack = malloc(kStack);
  CHECK(getcontext(&first) == 0);
  first.uc_stack.ss_sp = stack;
  first.uc_stack.ss_size = kStack;
  first.uc_link = &home;
  makecontext(&first, (void (*)(void))generator, 3, 5, 30, 6);
  do {
    CHECK(swapcontext(&home, &first) == 0);
    printf("%d ", yielded);
  } while (yielded >= 0);
  printf("\n");
  free(stack);
}

static void again_and_again(void) {
  // Set through volatile: its value is wanted after getcontext has returned again.
  volatile int rounds = 0;
  ucontext_t here;
  CHECK(getcontext(&here) == 0);
  if (++rounds < 4) setcontext(&here);
  printf("%d rounds\n", rounds);
}

static void hand_on(int depth) {
  char filler[512];
  memset(filler, depth, sizeof filler);
  if (depth > 0) {
    hand_on(depth - 1);
  } else {
    printf("in the first\n");
    CHECK(swapcontext(&first, &second) == 0);
    printf("in the first again, %d\n", per_thread);
  }
  CHECK(filler[100] == depth);
}

static void take_over(void) {
  printf("in the second, %d\n", ++per_thread);
  CHECK(swapcontext(&second, &first) == 0);
  printf("never\n");
}

static void make(ucontext_t* context, char* stack, void (*function)(void), ucontext_t* link) {
  CHECK(getcontext(context) == 0);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = kStack;
  context->uc_link = link;
  makecontext(context, function, context == &first ? 1 : 0, 20);
}

static void three(void) {
  static char stacks[2][kStack];
  for (int round = 0; round < 3; round++) {  // the second is given up each time
    make(&first, stacks[0], (void (*)(void))hand_on, &home);
    make(&second, stacks[1], take_over, NULL);
    CHECK(swapcontext(&home, &first) == 0);
  }
}

static int blocked(int signo) {
  sigset_t mask;
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
  return sigismember(&mask, signo);
}

static void block(void) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  CHECK(!blocked(SIGUSR1) && pthread_sigmask(SIG_BLOCK, &mask, NULL) == 0);
  CHECK(swapcontext(&second, &home) == 0);
  CHECK(blocked(SIGUSR1));
}

static void masks(void) {
  static char stack[kStack];
  make(&second, stack, block, &home);
  CHECK(swapcontext(&home, &second) == 0);
  CHECK(!blocked(SIGUSR1));
  CHECK(swapcontext(&home, &second) == 0);
  CHECK(!blocked(SIGUSR1));
  printf("masks\n");
}

static volatile sig_atomic_t handled;

static void handle(int signo) {
  handled += signo == SIGUSR2;
}

static void raise_here(void) {
  CHECK(raise(SIGUSR2) == 0 && handled == 1);
  CHECK(kill(getpid(), SIGUSR2) == 0 && handled == 2);
  errno = 7;
}

static void signals(void) {
  static char stack[kStack];
  CHECK(signal(SIGUSR2, handle) != SIG_ERR);
  make(&second, stack, raise_here, &home);
  errno = 0;
  CHECK(swapcontext(&home, &second) == 0);
  printf("%d signals, errno %d\n", handled, errno);
}

static void count(void) {
  yielded++;
}

static void many(void) {
  static char stack[kStack];
  yielded = 0;
  for (int i = 0; i < 200; i++) {
    make(&second, stack, count, &home);
    CHECK(swapcontext(&home, &second) == 0);
  }
  printf("%d\n", yielded);
}

static void* in_a_thread(void* argument) {
  (void)argument;
  generate();
  three();
  return NULL;
}

static void leave(void) {
  printf("no link: the process ends\n");
  fflush(stdout);
}

int main(void) {
  generate();
  again_and_again();
  three();
  masks();
  signals();
  many();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, in_a_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
  printf("%d\n", per_thread);
  static char stack[kStack];
  make(&second, stack, leave, NULL);
  setcontext(&second);
  return 1;
}
