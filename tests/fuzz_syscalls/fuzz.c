/* Random system calls with random arguments, from several threads of several cages at once, beside
 * a cage that must not notice.
 *
 * usage: fuzz SEED.  Each line on stdin is a number of milliseconds to fuzz for; the answer is
 * "quiet", once every cage of that round has ended and the neighbour is well, or what is wrong.
 *
 * A call that waits for ever ends when its cage is killed; so each cage lives for a short while. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kCages = 3, kThreads = 3, kCageMs = 150, kPage = 4096 };

extern long long lind(int number, long long a, long long b, long long c, long long d, long long e,
                      long long f) __attribute__((import_module("lind"), import_name("syscall")));

/* Calls that would end the fuzzer itself or reach the neighbour by right, not by a mistake. */
enum {
  kKill = 62,
  kSetpgid = 109,
  kSetsid = 112,
  kGetpid = 39,
  kTkill = 200,
  kTgkill = 234,
  kQueueinfo = 129,
  kTgQueueinfo = 297,
  kSetpriority = 141,
  kPrlimit = 302,
  kFork = 57,
  kClone = 56,
  kVfork = 58,
};

static uint64_t next(uint64_t* state) { /* xorshift64* */
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 0x2545f4914f6cdd1dull;
}

static const char* const kPaths[] = {
    ".",         "..",         "a",           "b",           "dir",        "dir/x",
    "dir/../a",  "../../..",   "/proc/self",  "/proc/1",     "/dev/null",  "/proc/self/fd/0",
    "/dev/zero", "/proc/self/mem", "/proc/self/maps", "",    "/",          "/dev/ptmx",
    "link",      "a/b/c/d",    "/proc/self/cwd/a", "fifo",   "\xff\xfe",   "a/"};
enum { kNumPaths = sizeof(kPaths) / sizeof(kPaths[0]) };

static char* page;    /* of random bytes, then an unmapped one */
static char* texts;   /* the paths, 64 bytes each */

static long long argument(uint64_t* state) {
  const uint64_t r = next(state);
  const uint64_t v = next(state);
  switch (r % 16) {
    case 0: return (long long)v;
    case 1: return (int32_t)v;
    case 2: return (long long)(v % 4);
    case 3:
    case 4: return (long long)(v % 24);          /* a descriptor */
    case 5:
    case 6: return (intptr_t)page + (long long)(v % kPage);
    case 7: return (intptr_t)page + kPage - (long long)(v % 64); /* runs into nothing */
    case 8: return (intptr_t)texts + (long long)(v % kNumPaths) * 64;
    case 9: return (intptr_t)texts + (long long)(v % kNumPaths) * 64;
    case 10: return (long long)(v % 8192);
    case 11: return -(long long)(v % 200);
    case 12: return 1ll << (v % 64);
    case 13: return 0xffffffffll - (long long)(v % 3);
    case 14: return (1ll << 32) + (long long)(v % 8192);
    default: return 0;
  }
}

static int call_number(uint64_t* state) {
  const uint64_t v = next(state);
  switch (v % 64) {
    case 0: return 1000 + (int)(next(state) % 40);    /* 3i's own */
    case 1: return (int)(next(state) % 5000);
    case 2: return 0x10000 + (int)(next(state) % 16); /* the libc's */
    case 3: return (int)next(state);
    default: return (int)(next(state) % 452);
  }
}

static void* fuzz(void* seed) {
  uint64_t state = *(uint64_t*)seed;
  const long long me = lind(kGetpid, 0, 0, 0, 0, 0, 0);
  for (;;) {
    const int number = call_number(&state);
    long long a[6];
    for (int i = 0; i < 6; ++i)
      a[i] = argument(&state);
    switch (number) {
      case kKill:
      case kTgkill:
      case kTgQueueinfo:
      case kQueueinfo:
      case kTkill: a[0] = me; break;
      case kSetpriority: a[1] = 0; break;
      case kPrlimit: a[0] = 0; break;
      case kSetpgid:
      case kSetsid: continue; /* it would not be found again */
      case kFork:
      case kClone:
      case kVfork:
        if (next(&state) % 8 != 0) continue;
        break;
      default: break;
    }
    /* Sometimes the page is pulled away under the call. */
    if (next(&state) % 512 == 0) mprotect(page, kPage, PROT_READ);
    lind(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (next(&state) % 512 == 0) mprotect(page, kPage, PROT_READ | PROT_WRITE);
    if (lind(kGetpid, 0, 0, 0, 0, 0, 0) != me) _exit(0); /* a child */
  }
  return NULL;
}

static void prepare(uint64_t* state) {
  page = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  texts = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + kPage, kPage);
  for (int i = 0; i < kPage; ++i)
    page[i] = (char)(next(state) % (i % 2 != 0 ? 256 : 8));
  for (int i = 0; i < kNumPaths; ++i)
    strcpy(texts + i * 64, kPaths[i]);
  int pair[2];
  (void)pipe(pair);
  (void)open("a", O_RDWR | O_CREAT, 0644);
  (void)open(".", O_RDONLY);
  (void)socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  (void)memfd_create("fuzz", 0);
}

static int to[2], from[2]; /* the neighbour's pipes */

static void run_cage(uint64_t seed) {
  setpgid(0, 0);
  close(to[1]);
  close(from[0]);
  const int nothing = open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd)
    dup2(nothing, fd);
  prepare(&seed);
  static uint64_t seeds[kThreads];
  for (int i = 0; i < kThreads; ++i) {
    seeds[i] = next(&seed) | 1;
    pthread_t thread;
    if (i + 1 < kThreads) pthread_create(&thread, NULL, fuzz, &seeds[i]);
  }
  fuzz(&seeds[kThreads - 1]);
}

/* Answers every byte, and looks after a file and memory that nobody else may change. */
static void neighbour(int in, int out) {
  static unsigned char memory[64 * 1024];
  for (size_t i = 0; i < sizeof(memory); ++i)
    memory[i] = (unsigned char)(i * 7);
  const int file = memfd_create("neighbour", 0);
  (void)write(file, memory, sizeof(memory));
  char c;
  while (read(in, &c, 1) == 1) {
    static unsigned char again[sizeof(memory)];
    char answer = 'y';
    for (size_t i = 0; i < sizeof(memory); ++i)
      if (memory[i] != (unsigned char)(i * 7)) answer = 'm';
    if (pread(file, again, sizeof(again), 0) != sizeof(again)) answer = 'f';
    if (memcmp(memory, again, sizeof(memory)) != 0) answer = 'f';
    if (write(out, &answer, 1) != 1) _exit(1);
  }
  _exit(0);
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void round_of(long ms, uint64_t* seed) {
  const long end = now_ms() + ms;
  do {
    pid_t cages[kCages];
    for (int i = 0; i < kCages; ++i) {
      const uint64_t own = next(seed) | 1;
      cages[i] = fork();
      if (cages[i] == 0) run_cage(own);
    }
    usleep(kCageMs * 1000);
    for (int i = 0; i < kCages; ++i) {
      if (cages[i] < 0) continue;
      kill(-cages[i], SIGKILL);
      kill(cages[i], SIGKILL);
      waitpid(cages[i], NULL, 0);
    }
  } while (now_ms() < end);
}

int main(int argc, char** argv) {
  uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) * 2 + 1 : 1;
  if (pipe(to) != 0 || pipe(from) != 0) return 1;
  const pid_t beside = fork();
  if (beside == 0) {
    close(to[1]);
    close(from[0]);
    neighbour(to[0], from[1]);
  }
  close(to[0]);
  close(from[1]);
  char line[64];
  while (fgets(line, sizeof(line), stdin) != NULL) {
    round_of(atol(line), &seed);
    char answer = 'd';
    if (write(to[1], "x", 1) != 1 || read(from[0], &answer, 1) != 1) answer = 'd';
    printf(answer == 'y' ? "quiet\n" : "neighbour: %c\n", answer);
    fflush(stdout);
  }
  kill(beside, SIGKILL);
  return 0;
}
