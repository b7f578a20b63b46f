// Accesses that the protection of an area forbids, and a stack that grows without end.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kPage = 4096 };

static char* area;
static volatile char sink;

static void write_read_only(void) {
  CHECK(mprotect(area, kPage, PROT_READ) == 0);
  *(volatile char*)area = 1;
}
static void read_forbidden(void) {
  CHECK(mprotect(area, kPage, PROT_NONE) == 0);
  sink = *(volatile char*)area;
}
static void read_unmapped(void) {
  CHECK(munmap(area, kPage) == 0);
  sink = *(volatile char*)area;
}
static void copy_to_unmapped(void) {
  CHECK(munmap(area, kPage) == 0);
  volatile size_t size = kPage;
  char source[kPage];
  memset(source, 1, sizeof source);
  memcpy(area, source, size);
}
__attribute__((noinline)) static int recurse(volatile char* above) {
  volatile char frame[1024];
  frame[0] = (char)(above[0] + 1);
  return recurse(frame) + frame[0];
}
static void exhaust_stack(void) {
  volatile char start[1] = {0};
  recurse(start);
}

static const struct {
  const char* name;
  void (*crash)(void);
} cases[] = {
    {"write to read-only", write_read_only}, {"read from forbidden", read_forbidden},
    {"read from unmapped", read_unmapped},   {"memcpy to unmapped", copy_to_unmapped},
    {"endless recursion", exhaust_stack},
};

int main(void) {
  area = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(area != MAP_FAILED);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      cases[i].crash();
      _exit(99);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    printf("%s: signal %d\n", cases[i].name, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  }
  puts("parent unharmed");
  return 0;
}
