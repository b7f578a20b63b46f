// fork copies only the calling thread; exec ends the others and keeps the pid.
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile int ticks;
static void* tick(void* argument) {
  (void)argument;
  for (;;) {
    ticks++;
    usleep(1000);
  }
}
static void* exec_from_thread(void* argument) {
  char pid[16];
  snprintf(pid, sizeof(pid), "%d", getpid());
  char* args[] = {argument, "after", pid, NULL};
  execv((const char*)getauxval(AT_EXECFN), args);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc == 3) {
    printf("after: same pid %d first thread %d\n", atoi(argv[2]) == getpid(),
           syscall(SYS_gettid) == getpid());
    return 3;
  }
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, tick, NULL) == 0);
  while (ticks == 0)
    usleep(1000);
  fflush(stdout);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    int before = ticks;
    usleep(30000);
    _exit(ticks == before ? 0 : 1);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("other thread runs in the child: %d\n", WEXITSTATUS(status));
  fflush(stdout);
  pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    pthread_t other;
    CHECK(pthread_create(&thread, NULL, tick, NULL) == 0);
    CHECK(pthread_create(&other, NULL, exec_from_thread, argv[0]) == 0);
    for (;;)
      pause();
  }
  CHECK(waitpid(pid, &status, 0) == pid);
  printf("exec from a thread: %d\n", WEXITSTATUS(status));
  return 0;
}
