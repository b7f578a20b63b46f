// fchmod MODE PROGRAM...: no file is given a permission beyond MODE, by chmod or when it is created

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "lind/grate.h"

static unsigned allowed;

static lind_result cut(struct lind_call* call, int index) {
  call->arg[index] &= allowed | ~07777u;
  return lind_make(call);
}

static lind_result second(struct lind_call* call) {
  return cut(call, 1);
}
static lind_result third(struct lind_call* call) {
  return cut(call, 2);
}
static lind_result fourth(struct lind_call* call) {
  return cut(call, 3);
}

int main(int argc, char** argv) {
  char* end = NULL;
  if (argc > 1) allowed = (unsigned)strtoul(argv[1], &end, 8);
  if (argc < 3 || end == argv[1] || *end != '\0' || allowed > 07777) {
    fputs("usage: fchmod MODE PROGRAM [ARGUMENTS...]\n", stderr);
    return 125;
  }
  lind_on(SYS_chmod, second);
  lind_on(SYS_fchmod, second);
  lind_on(SYS_creat, second);
  lind_on(SYS_mkdir, second);
  lind_on(SYS_mknod, second);
  lind_on(SYS_open, third);
  lind_on(SYS_fchmodat, third);
  lind_on(SYS_mkdirat, third);
  lind_on(SYS_mknodat, third);
  lind_on(SYS_openat, fourth);
  return lind_run(argv + 2);
}
