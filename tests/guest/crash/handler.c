// A handler sees the faulting address and may leave by siglongjmp; an ignored fault still kills.
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#include "check.h"

static sigjmp_buf out;
static void* volatile fault_address;
static volatile int zero;
static volatile int five = 5;

static void leave(int signal, siginfo_t* info, void* context) {
  (void)context;
  fault_address = info->si_addr;
  siglongjmp(out, signal);
}

int main(void) {
  const struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGFPE, &action, NULL) == 0);
  char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  for (volatile int i = 0; i < 3; i++) {
    const int signal = sigsetjmp(out, 1);
    if (signal == 0) page[100] = 1;
    printf("signal %d, address right %d\n", signal, fault_address == page + 100);
  }
  const int signal = sigsetjmp(out, 1);
  if (signal == 0) zero = five / zero;
  printf("signal %d\n", signal);
  return 0;
}
