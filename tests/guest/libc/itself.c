// expect: exit 3
// What a program can ask about itself, signals sets, messages, and functions that end it.
#include <assert.h>
#include <elf.h>
#include <err.h>
#include <error.h>
#include <libgen.h>
#include <link.h>
#include <mntent.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <ucontext.h>
#include <unistd.h>
#include <utmpx.h>
#include <fenv.h>
#include <malloc.h>

#include "check.h"

static int count_objects(struct dl_phdr_info* info, size_t size, void* count) {
  CHECK(size >= sizeof *info - 16);
  (void)info;
  ++*(int*)count;
  return 0;
}

static sigjmp_buf place;
static void jump(int signal) { siglongjmp(place, signal); }

static void signals(void) {
  signal(SIGUSR1, jump);
  const int from = sigsetjmp(place, 1);
  if (from == 0) raise(SIGUSR1);
  sigset_t mask;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
  printf("%d %d\n", from, sigismember(&mask, SIGUSR1));
  printf("%s|%s|%s|%s\n", strsignal(SIGSEGV), sigabbrev_np(SIGKILL), sigdescr_np(SIGPIPE), strsignal(99));
  psignal(SIGINT, "");
  sigset_t a, b;
  sigemptyset(&a);
  sigaddset(&a, SIGUSR2);
  sigfillset(&b);
  sigandset(&a, &a, &b);
  printf("%d %d %d\n", sigisemptyset(&a), SIGRTMIN, SIGRTMAX);
}

static void at_exit(int status, void* given) { printf("on_exit %d %s\n", status, (char*)given); }

int main(int argc, char** argv) {
  (void)argc;
  CHECK(getauxval(AT_PAGESZ) == 4096 && sysconf(_SC_PAGESIZE) == 4096 && getpagesize() == 4096);
  CHECK(getauxval(AT_RANDOM) != 0 && getauxval(AT_CLKTCK) == 100);
  errno = 0;
  CHECK(getauxval(9999) == 0 && errno == ENOENT);
  int count = 0;
  dl_iterate_phdr(count_objects, &count);
  CHECK(count >= 1);
  char random[16] = {0}, zero[16] = {0};
  CHECK(getrandom(random, sizeof random, 0) == 16 && memcmp(random, zero, 16) != 0);
  CHECK(getentropy(random, 16) == 0);
  CHECK(arc4random_uniform(10) < 10);
  CHECK(strcmp(basename(argv[0]), program_invocation_short_name) == 0);
  signals();
  printf("%s %s %s\n", strerror(ENOENT), strerrorname_np(EAGAIN), strerrordesc_np(EPIPE));
  printf("%s\n", strerror(12345));
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 8);
  CHECK(sysconf(_SC_NPROCESSORS_ONLN) > 0 && sysconf(_SC_OPEN_MAX) > 8 && sysconf(_SC_CLK_TCK) == 100);
  printf("%ld %ld\n", pathconf("/", _PC_PATH_MAX), sysconf(_SC_IOV_MAX));
  char text[64];
  CHECK(confstr(_CS_PATH, text, sizeof text) > 0);
  printf("%s\n", text);
  struct utsname name;
  CHECK(uname(&name) == 0 && gethostname(text, sizeof text) == 0);
  char one[] = "/usr/lib/", two[] = "/usr/lib/";
  printf("%s %s\n", dirname(one), (basename)(two) ? "ok" : "");
  fexcept_t flags;
  CHECK(fegetround() == FE_TONEAREST && feclearexcept(FE_ALL_EXCEPT) == 0 && fegetexceptflag(&flags, 0) == 0);
  void* memory = NULL;
  CHECK(posix_memalign(&memory, 4096, 100) == 0 && (size_t)memory % 4096 == 0 && malloc_usable_size(memory) >= 100);
  free(memory);
  CHECK((memory = aligned_alloc(64, 128)) != NULL && (memory = reallocarray(memory, 10, 100)) != NULL);
  free(memory);
  errno = 0;
  volatile size_t huge = (size_t)-1;
  void* volatile refused = malloc(huge / 2 + 1);  // a compiler may leave an unused one out
  CHECK(refused == NULL && errno == ENOMEM);
  refused = reallocarray(NULL, huge / 2, 4);
  CHECK(refused == NULL && errno == ENOMEM);
  CHECK(mallinfo2().arena > 0 && malloc_trim(0) >= 0);
  fflush(stdout);
  error(0, ENOENT, "message");
  warnx("message");
  CHECK(isatty(0) == 0);
  FILE* mounts = setmntent("/absent", "r");
  CHECK(mounts == NULL);

  on_exit(at_exit, "given");
  errx(3, "the end");
}
