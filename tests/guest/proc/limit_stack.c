// RLIMIT_STACK bounds the stack of the program that exec starts; running out of it reaches a
// handler on an alternate stack, which may jump out.
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"

static char other_stack[65536] __attribute__((aligned(16)));
static sigjmp_buf out;
static volatile unsigned depth;

__attribute__((noinline)) static unsigned deeper(unsigned left) {
  volatile char frame[4096];
  frame[left % sizeof(frame)] = (char)left;
  depth++;
  const unsigned below = left == 0 ? 0 : deeper(left - 1);
  return below + (unsigned char)frame[left % sizeof(frame)];
}

static void ran_out(int signo) {
  char here;
  CHECK(signo == SIGSEGV && &here >= other_stack && &here < other_stack + sizeof(other_stack));
  siglongjmp(out, 1);
}

int main(int argc, char** argv) {
  if (argc == 1) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
    limit.rlim_cur = 1 << 20;
    CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
    execl((const char*)getauxval(AT_EXECFN), argv[0], "child", (char*)NULL);
    CHECK(0);
  }
  const stack_t given = {.ss_sp = other_stack, .ss_flags = 0, .ss_size = sizeof(other_stack)};
  CHECK(sigaltstack(&given, NULL) == 0);
  const struct sigaction action = {.sa_handler = ran_out, .sa_flags = SA_ONSTACK};
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
  (void)deeper(150);
  printf("600 KiB fit\n");
  for (int i = 0; i < 3; i++) {
    depth = 0;
    if (sigsetjmp(out, 1) == 0) (void)deeper(10000000);
    printf("%s\n", depth > 180 && depth < 260 ? "1 MiB ran out" : "at another depth");
  }
  (void)deeper(150);
  printf("600 KiB fit again\n");
  return 0;
}
