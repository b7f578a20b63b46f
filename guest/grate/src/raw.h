/// \file
/// The import behind every system call, with all 64 bits of arguments and result.
#ifndef LIND_GRATE_RAW_H
#define LIND_GRATE_RAW_H 1

#include <stdint.h>

extern long long lind_raw_syscall(int number, long long a, long long b, long long c, long long d,
                                  long long e, long long f)
    __attribute__((import_module("lind"), import_name("syscall")));

enum {
  LIND_SERVICE_ACTIVATION = 0x10001,
  LIND_SERVICE_AWAIT_ACTIVATION = 0x10002,
};

/// A child is about to execute another program: it needs no activation.
extern int lind_child_executes;

#endif
