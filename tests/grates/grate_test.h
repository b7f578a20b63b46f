/// \file
/// What the programs of this folder share: a child under the routes given so far, and its verdict.
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "lind/grate.h"

/// Runs `body` in a child under the grate; it must end with 0.
static inline void in_child(void (*body)(void)) {
  const pid_t child = lind_fork();
  CHECK(child >= 0);
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  if (status != 0) fprintf(stderr, "child: wait status %#x\n", status);
  CHECK(status == 0);
}

/// Takes away what lind_on has noted so far.
static inline void forget_routes(void) {
  for (int number = -1; number < 500; number++)
    lind_on_pass(number);
}
