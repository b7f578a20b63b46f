// RLIMIT_NPROC, RLIMIT_AS and RLIMIT_NOFILE: what is refused, and that it goes on without them.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void *nothing(void *argument) {
  return argument;
}

static void set_current(int resource, rlim_t value) {
  struct rlimit limit;
  CHECK(getrlimit(resource, &limit) == 0);
  limit.rlim_cur = value;
  CHECK(setrlimit(resource, &limit) == 0);
}

static void processes(void) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NPROC, &limit) == 0);
  set_current(RLIMIT_NPROC, 1);
  CHECK_FAILS(fork(), EAGAIN);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, nothing, NULL) == EAGAIN);
  CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) _exit(3);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
  CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  puts("processes");
}

static void memory(void) {
  const size_t size = 64 << 20;
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  set_current(RLIMIT_AS, 48 << 20);
  CHECK(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
        MAP_FAILED);
  CHECK(errno == ENOMEM);
  void *volatile refused = malloc(size);
  CHECK(refused == NULL);
  CHECK(sbrk(size) == (void *)-1 && errno == ENOMEM);
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  void *block = malloc(size);
  CHECK(block != NULL);
  memset(block, 1, size);
  free(block);
  puts("memory");
}

static void files(void) {
  set_current(RLIMIT_NOFILE, 10);
  int last = -1;
  for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
    last = fd;
  CHECK(errno == EMFILE);
  printf("last descriptor %d\n", last);
}

int main(void) {
  processes();
  memory();
  files();
  return 0;
}
