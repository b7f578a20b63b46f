// One round of argv[1] for each line of input, then a line of output, with all children gone.
//   reap    1,000 forks and waits
//   kill    processes die of SIGKILL at any point of fork, exec, threads, signals, files, mappings
//   sleep   1,000 children asleep in read, poll, a signal wait, a futex, nanosleep; they stay
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MUST(condition)                                          \
  do {                                                           \
    if (!(condition)) {                                          \
      printf("%d: %s, errno %d\n", __LINE__, #condition, errno); \
      exit(1);                                                   \
    }                                                            \
  } while (0)

static char* self;
static uint32_t seed = 20261120;

static uint32_t next_random(void) {
  seed = seed * 1664525 + 1013904223;
  return seed >> 8;
}

static void await_nobody(void) {
  while (wait(NULL) > 0 || errno == EINTR)
    continue;
  MUST(errno == ECHILD);
}

static void reap(void) {
  for (int i = 0; i < 1000; i++) {
    const pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) _exit(i & 0x7f);
    int status;
    MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == (i & 0x7f));
  }
}

// --- what victims do, until they are killed ------------------------------------------------------

static void nothing(int signo) {
  (void)signo;
}

static void* lock_and_wait(void* argument) {
  pthread_mutex_t* const mutex = argument;
  pthread_mutex_lock(mutex);
  usleep(100);
  if (pthread_mutex_unlock(mutex) != 0) abort();
  return NULL;
}

static void forks(void) {
  for (;;) {
    const pid_t child = fork();
    if (child == 0) {
      if (fork() == 0) _exit(0);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
}

static void execs(void) {
  for (;;) {
    const pid_t child = vfork();
    if (child == 0) {
      execl(self, "churn", "exit", NULL);
      _exit(1);
    }
    waitpid(child, NULL, 0);
  }
}

static void replaces_itself(void) {
  execl(self, "churn", "replace", self, NULL);
  _exit(1);
}

static void threads(void) {
  for (;;) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_t mutex;
    pthread_mutex_init(&mutex, &attributes);
    pthread_t some[3];
    for (int i = 0; i < 3; i++)
      if (pthread_create(&some[i], NULL, lock_and_wait, &mutex) != 0) _exit(1);
    for (int i = 0; i < 3; i++)
      pthread_join(some[i], NULL);
  }
}

static void signals(void) {
  const struct sigaction action = {.sa_handler = nothing};
  sigaction(SIGUSR1, &action, NULL);
  for (;;)
    raise(SIGUSR1);
}

static void mappings(void) {
  for (;;) {
    char* const pages = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                             (next_random() % 2 ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) _exit(1);
    memset(pages, 1, 1 << 16);
    if (fork() == 0) _exit(pages[5]);
    wait(NULL);
    munmap(pages, 1 << 20);
  }
}

static void files(void) {
  for (;;) {
    int ends[2];
    if (pipe(ends) != 0) _exit(1);
    const int copy = dup(ends[0]);
    DIR* const here = opendir(".");
    char byte = 0;
    if (write(ends[1], &byte, 1) != 1 || read(copy, &byte, 1) != 1) _exit(1);
    if (here != NULL) closedir(here);
    close(copy);
    close(ends[0]);
    close(ends[1]);
  }
}

// Above what fork copies: its pages are shared with children until one writes.
static void large_forks(void) {
  const size_t size = 6 << 20;
  char* const pages = malloc(size);
  if (pages == NULL) _exit(1);
  memset(pages, 3, size);
  for (;;) {
    const pid_t child = fork();
    if (child == 0) {
      memset(pages, 4, next_random() % size);
      _exit(0);
    }
    pages[next_random() % size] = 5;
    waitpid(child, NULL, 0);
  }
}

static void (*const kVictims[])(void) = {forks,   execs,    replaces_itself, threads,
                                         signals, mappings, files,           large_forks};

static void kill_some(void) {
  enum { kKinds = sizeof kVictims / sizeof *kVictims, kTogether = 2 * kKinds };
  for (int i = 0; i < 6; i++) {
    pid_t victims[kTogether];
    for (int kind = 0; kind < kTogether; kind++) {
      next_random();
      victims[kind] = fork();
      MUST(victims[kind] >= 0);
      if (victims[kind] > 0) continue;
      setpgid(0, 0);
      kVictims[kind % kKinds]();
    }
    for (int kind = 0; kind < kTogether; kind++) {
      usleep(next_random() % 3000);
      setpgid(victims[kind], victims[kind]);
      // The child first, so that its own children become orphans; then those.
      kill(victims[kind], SIGKILL);
      int status;
      MUST(waitpid(victims[kind], &status, 0) == victims[kind]);
      MUST(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
      while (kill(-victims[kind], SIGKILL) == 0)
        usleep(100);
    }
  }
}

static void fall_asleep(int way, int end) {
  char byte;
  struct pollfd poll_end = {.fd = end, .events = POLLIN};
  sigset_t set;
  sem_t semaphore;
  switch (way) {
    case 0:
      _exit(read(end, &byte, 1) == 0 ? 0 : 1);
    case 1:
      _exit(poll(&poll_end, 1, -1) == 1 ? 0 : 1);
    case 2:
      sigemptyset(&set);
      sigaddset(&set, SIGUSR1);
      sigwaitinfo(&set, NULL);
      _exit(1);
    case 3:
      sem_init(&semaphore, 0, 0);
      sem_wait(&semaphore);
      _exit(1);
    default:
      nanosleep(&(struct timespec){.tv_sec = 10000}, NULL);
      _exit(1);
  }
}

static void put_to_sleep(void) {
  int ready[2];
  int end[2];
  MUST(pipe(ready) == 0 && pipe(end) == 0);
  char byte = 0;
  for (int i = 0; i < 1000; i++) {
    const pid_t child = fork();
    MUST(child >= 0);
    if (child > 0) continue;
    close(end[1]);
    MUST(write(ready[1], &byte, 1) == 1);
    fall_asleep(i % 5, end[0]);
  }
  for (int i = 0; i < 1000; i++)
    MUST(read(ready[0], &byte, 1) == 1);
}

int main(int argc, char** argv) {
  MUST(argc > 1);
  self = argc > 2 ? argv[2] : argv[0];
  const char* const what = argv[1];
  if (strcmp(what, "exit") == 0) return 0;
  if (strcmp(what, "replace") == 0) replaces_itself();
  char line[16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strcmp(what, "reap") == 0) reap();
    if (strcmp(what, "kill") == 0) kill_some();
    if (strcmp(what, "sleep") == 0) {
      put_to_sleep();
    } else {
      await_nobody();
    }
    printf("done\n");
    fflush(stdout);
  }
  kill(0, SIGKILL);
  return 1;
}
