// Threads sleep in read on buffers of a large memory while another one forks without pause: no
// byte is lost on either side.  The argument is how many seconds; `make stress` gives it a minute.
// args: 1
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum {
  kReaders = 3,
  kArea = 3 << 20,    // of one reader
  kStatic = 2 << 20,  // nobody writes it in the parent
  kChunk = 5000,      // no multiple of a page
};

static unsigned char* areas[kReaders];
static unsigned char* fixed;
static int pipes[kReaders][2];
static atomic_int is_done;
static atomic_long num_lost;

static unsigned char stream(int reader, unsigned long at) {
  return (unsigned char)(at * 31 + (at >> 12) * 7 + (unsigned long)reader * 17);
}

static void* feed(void* argument) {
  const int reader = (int)(long)argument;
  unsigned char bytes[kChunk];
  unsigned long at = 0;
  while (!is_done) {
    const size_t size = 1 + at % kChunk;
    for (size_t i = 0; i < size; i++)
      bytes[i] = stream(reader, at + i);
    const ssize_t put = write(pipes[reader][1], bytes, size);
    CHECK(put > 0);
    at += (unsigned long)put;
    if (at % 7 == 0) usleep(50);  // the reader falls asleep
  }
  CHECK(close(pipes[reader][1]) == 0);
  return NULL;
}

static void verify(int reader, unsigned long start, unsigned long end) {
  for (unsigned long at = start; at < end; at++) {
    if (areas[reader][at % kArea] != stream(reader, at)) num_lost++;
  }
}

static void* drain(void* argument) {
  const int reader = (int)(long)argument;
  unsigned long at = 0;
  unsigned long verified = 0;
  for (;;) {
    const size_t room = kArea - at % kArea;
    const ssize_t got =
        read(pipes[reader][0], areas[reader] + at % kArea, room < kChunk ? room : kChunk);
    CHECK(got >= 0);
    verify(reader, at, at + (unsigned long)got);
    at += (unsigned long)got;
    // Once more when forks have frozen the pages meanwhile.
    if (got == 0 || at - verified > kArea / 4) {
      verify(reader, verified, at);
      verified = at;
    }
    if (got == 0) return NULL;
  }
}

static int fixed_is_intact(void) {
  for (size_t i = 0; i < kStatic; i += 512) {
    if (fixed[i] != (unsigned char)(i >> 9)) return 0;
  }
  return 1;
}

static pid_t start_child(int round) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child > 0) return child;
  const int was_intact = fixed_is_intact();
  for (int i = 0; i < 8; i++)
    fixed[(round * 8 + i) * 4096 % kStatic] ^= 0xff;
  memset(areas[round % kReaders] + round % 100 * 4096, 0, 3 * 4096);
  _exit(was_intact ? 0 : 1);
}

static void reap(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  if (status != 0) num_lost++;
}

int main(int argc, char** argv) {
  CHECK(argc > 1);
  const time_t end = time(NULL) + atoi(argv[1]) + 1;
  fixed = malloc(kStatic);
  CHECK(fixed != NULL);
  for (size_t i = 0; i < kStatic; i++)
    fixed[i] = (unsigned char)(i >> 9);
  pthread_t threads[2 * kReaders];
  for (long i = 0; i < kReaders; i++) {
    areas[i] = malloc(kArea);
    CHECK(areas[i] != NULL && pipe(pipes[i]) == 0);
    memset(areas[i], 0x55, kArea);
  }
  for (long i = 0; i < kReaders; i++) {
    CHECK(pthread_create(&threads[2 * i], NULL, drain, (void*)i) == 0);
    CHECK(pthread_create(&threads[2 * i + 1], NULL, feed, (void*)i) == 0);
  }
  int round = 0;
  while (time(NULL) < end) {
    const pid_t first = start_child(round++);
    const pid_t second = round % 3 == 0 ? start_child(round++) : 0;
    reap(first);
    if (second != 0) reap(second);
    if (!fixed_is_intact()) num_lost++;
  }
  is_done = 1;
  for (int i = 0; i < 2 * kReaders; i++)
    CHECK(pthread_join(threads[i], NULL) == 0);
  // Alone now: each wait makes the memory one piece again.
  for (int i = 0; i < 100; i++) {
    fixed[i * 4096 + 1] += 1;
    reap(start_child(round++));
    CHECK(fixed[i * 4096 + 1] == (unsigned char)((unsigned)i * 8 + 1));
    fixed[i * 4096 + 1] -= 1;
  }
  CHECK(fixed_is_intact());
  printf("lost %ld\n", num_lost);
  return 0;
}
