// geteuid NUMBER PROGRAM...: whoever asks for the effective user is told NUMBER

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "lind/grate.h"

static unsigned user;

static lind_result answer(struct lind_call* call) {
  (void)call;
  return user;
}

int main(int argc, char** argv) {
  char* end = NULL;
  if (argc > 1) user = (unsigned)strtoul(argv[1], &end, 10);
  if (argc < 3 || end == argv[1] || *end != '\0') {
    fputs("usage: geteuid NUMBER PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  lind_on(SYS_geteuid, answer);
  return lind_run(argv + 2);
}
