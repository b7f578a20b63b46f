// atexit handlers run last to first, then buffers are flushed; quick_exit runs only its own.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void first(void) {
  fputs("first\n", stdout);
}
static void second(void) {
  fputs("second\n", stdout);
}
static void quick(void) {
  write(STDOUT_FILENO, "quick\n", 6);
}
__attribute__((constructor)) static void before_main(void) {
  fputs("constructor\n", stdout);
}
__attribute__((destructor)) static void after_main(void) {
  fputs("destructor\n", stdout);
}

static int end_of_child(void (*end)(int), int code) {
  fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    fputs("buffered in the child\n", stdout);
    end(code);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

int main(void) {
  CHECK(atexit(first) == 0);
  CHECK(atexit(second) == 0);
  CHECK(at_quick_exit(quick) == 0);
  printf("exit %d\n", end_of_child(exit, 3));
  printf("_exit %d\n", end_of_child(_exit, 4));
  printf("quick_exit %d\n", end_of_child(quick_exit, 5));
  return 0;
}
