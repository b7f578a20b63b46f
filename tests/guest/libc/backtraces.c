// expect-cage: exit 0
// stdout: innermost < middle\nhandled\n0 of 0\n

// The names of the functions on the stack.  On Linux a program has names only for what it exports,
// and the addresses differ.
#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "check.h"

static void* frames[20];
static int num_frames;

/// The name between the parenthesis and the plus of "program(name+0x12) [0x34]".
static const char* name_in(char* text) {
  char* start = strchr(text, '(');
  CHECK(start != NULL);
  char* end = strchr(start, '+');
  CHECK(end != NULL && strncmp(end, "+0x", 3) == 0 && strstr(end, ") [0x") != NULL);
  *end = '\0';
  return start + 1;
}

__attribute__((noinline)) static int innermost(void) {
  num_frames = backtrace(frames, 20);
  return num_frames;
}

__attribute__((noinline)) static int middle(void) {
  return innermost() + 1;
}

static void print_names(int count) {
  char** lines = backtrace_symbols(frames, count);
  CHECK(lines != NULL);
  for (int i = 0; i < count; i++)
    printf("%s%s", i == 0 ? "" : " < ", name_in(lines[i]));
  puts("");
  free(lines);
}

static void handled(int signo) {
  (void)signo;
  num_frames = backtrace(frames, 20);
}

/// The same lines come out of backtrace_symbols_fd.
static void compare_fd(int count) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  backtrace_symbols_fd(frames, count, ends[1]);
  close(ends[1]);
  char** lines = backtrace_symbols(frames, count);
  FILE* stream = fdopen(ends[0], "r");
  char line[200];
  for (int i = 0; i < count; i++) {
    CHECK(fgets(line, sizeof line, stream) != NULL);
    line[strcspn(line, "\n")] = '\0';
    CHECK(strcmp(line, lines[i]) == 0);
  }
  CHECK(fgets(line, sizeof line, stream) == NULL);
  free(lines);
  fclose(stream);
}

int main(void) {
  CHECK(middle() >= 4);
  print_names(2);
  compare_fd(3);
  CHECK(backtrace(frames, 1) == 1);
  // A handler's trace ends with it.
  signal(SIGUSR1, handled);
  raise(SIGUSR1);
  CHECK(num_frames >= 1);
  print_names(1);
  // What no function is at is a number alone.
  frames[0] = (void*)(uintptr_t)0xfffffff0;
  char** line = backtrace_symbols(frames, 1);
  CHECK(strcmp(line[0], "[0xfffffff0]") == 0);
  free(line);
  // The services behind it believe nobody.
  CHECK_FAILS(syscall(0x10004, (void*)16, 5), EFAULT);
  CHECK(syscall(0x10004, (void*)16, 0) == 0);
  CHECK_FAILS(syscall(0x10005, 0xfffffff0, frames, sizeof frames), EINVAL);
  CHECK(syscall(0x10004, frames, 1) == 1);
  CHECK_FAILS(syscall(0x10005, frames[0], frames, 3), EINVAL);
  CHECK_FAILS(syscall(0x10005, frames[0], (void*)16, 100), EFAULT);
  printf("%d of 0\n", backtrace(frames, 0));
  return 0;
}
