// umask MODE PROGRAM...: files are created without the permissions of MODE, whatever the umask

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lind/grate.h"

static unsigned forced;

static lind_result set_mask(struct lind_call* call) {
  call->arg[0] |= forced;
  return lind_make(call);
}

int main(int argc, char** argv) {
  char* end = NULL;
  if (argc > 1) forced = (unsigned)strtoul(argv[1], &end, 8);
  if (argc < 3 || end == argv[1] || *end != '\0' || forced > 0777) {
    fputs("usage: umask MODE PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  umask(umask(0) | forced);  // the program's own, which it inherits
  lind_on(SYS_umask, set_mask);
  return lind_run(argv + 2);
}
