/// \file
/// The import behind every system call, with all 64 bits of arguments and result.
#ifndef LIND_GRATE_RAW_H
#define LIND_GRATE_RAW_H 1

#include <stdint.h>

#include "lind/threei.h"

enum {
  LIND_SERVICE_ACTIVATION = 0x10001,
  LIND_SERVICE_AWAIT_ACTIVATION = 0x10002,
  LIND_SERVICE_INTERRUPTED = 0x10003,
};

/// A child is about to execute another program: it needs no activation.
extern int lind_child_executes;

#endif
