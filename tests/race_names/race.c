/* Renames directories while other threads resolve names through them: none may leave the granted
 * directory.  run.py renames from outside at the same time.
 *
 * usage: race SECONDS.  The working directory has `a/b/c` and `s` (a link to `a/b`); a file
 * `secret` lies beside the grant, where every lookup of it must fail. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static atomic_int stop;
static atomic_long tries, escapes;

static const char* const kNames[] = {
    "a/b/c/../../../secret", "a/b/c/../../../../secret",      "s/../../secret",
    "s/c/../../../secret",   "s/../s/../../../secret",        "a/b/../../../secret",
    "x/b/c/../../../secret", "a/b/c/../../../../../secret",   "../secret",
    "a/link/secret",         "s/c/../../../../../../secret"};
enum { kNumNames = sizeof(kNames) / sizeof(kNames[0]) };

static void* resolve(void* unused) {
  while (!stop) {
    for (int i = 0; i < kNumNames; ++i) {
      struct stat status;
      const int fd = open(kNames[i], O_RDONLY);
      if (fd >= 0 || stat(kNames[i], &status) == 0) ++escapes;
      if (fd >= 0) close(fd);
      ++tries;
    }
  }
  return unused;
}

static void* from_inside(void* unused) {
  const int start = open(".", O_RDONLY | O_DIRECTORY);
  while (!stop) {
    renameat(start, "a/b/c", start, "d");
    renameat(start, "a", start, "x");
    renameat(start, "x", start, "a");
    renameat(start, "d", start, "a/b/c");
    renameat2(start, "a/b", start, "e", RENAME_EXCHANGE);
  }
  return unused;
}

/* Walks up from a directory that is being moved about. */
static void* up(void* unused) {
  const int start = open(".", O_RDONLY | O_DIRECTORY);
  while (!stop) {
    int here = openat(start, "a/b/c", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 8 && here >= 0; ++i) {
      const int fd = openat(here, "secret", O_RDONLY);
      if (fd >= 0) {
        ++escapes;
        close(fd);
      }
      const int above = openat(here, "..", O_RDONLY | O_DIRECTORY);
      close(here);
      here = above;
    }
    if (here >= 0) close(here);
    ++tries;
  }
  return unused;
}

int main(int argc, char** argv) {
  const time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 2);
  pthread_t threads[4];
  pthread_create(&threads[0], NULL, resolve, NULL);
  pthread_create(&threads[1], NULL, resolve, NULL);
  pthread_create(&threads[2], NULL, from_inside, NULL);
  pthread_create(&threads[3], NULL, up, NULL);
  while (time(NULL) < end)
    usleep(50000);
  stop = 1;
  for (int i = 0; i < 4; ++i)
    pthread_join(threads[i], NULL);
  printf("tried %s, escaped %ld\n", tries > 0 ? "many" : "none", escapes);
  return escapes != 0;
}
