// A handler for SIGSEGV learns the address and repairs the mapping; the instruction goes on.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

static char* volatile page;
static volatile int calls, seen_code, seen_signo;
static sigjmp_buf out;

static void repair(int signo, siginfo_t* info, void* context) {
  (void)context;
  seen_signo = signo;
  seen_code = info->si_code;
  calls++;
  CHECK((char*)info->si_addr == page + 100);
  CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
}
static void leave(int signo, siginfo_t* info, void* context) {
  (void)context;
  seen_signo = signo;
  seen_code = info->si_code;
  siglongjmp(out, 1);
}

static void install(int signo, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(signo, &action, NULL) == 0);
}

int main(void) {
  install(SIGSEGV, repair);
  page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  page[100] = 'r';
  printf("repaired: %c calls %d accerr %d\n", page[100], calls, seen_code == SEGV_ACCERR);

  install(SIGSEGV, leave);
  CHECK(munmap(page, 4096) == 0);
  if (sigsetjmp(out, 1) == 0) page[1] = 1;
  printf("unmapped: signal %d maperr %d\n", seen_signo, seen_code == SEGV_MAPERR);
  seen_signo = 0;
  if (sigsetjmp(out, 1) == 0) *(volatile char*)(page + 200) = 1;
  printf("again: signal %d\n", seen_signo);

  install(SIGBUS, leave);
  int fd = open("short", O_RDWR | O_CREAT, 0600);
  CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
  char* file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(file != MAP_FAILED);
  file[10] = 'f';
  if (sigsetjmp(out, 1) == 0) file[5000] = 1;
  printf("behind the file: signal %d adrerr %d\n", seen_signo, seen_code == BUS_ADRERR);
  char c = 0;
  CHECK(msync(file, 4096, MS_SYNC) == 0);
  CHECK(pread(fd, &c, 1, 10) == 1);
  printf("in the file: %c\n", c);
  CHECK(munmap(file, 8192) == 0);
  CHECK_FAILS(munmap(page + 1, 4096), EINVAL);
  CHECK_FAILS(munmap(page, 0), EINVAL);
  CHECK_FAILS(mprotect(page, 4096, PROT_READ), ENOMEM);
  CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  CHECK(errno == EINVAL);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
  return 0;
}
