/// \file
/// The one assertion of guest programs; every C program under tests/guest may include it.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Ends the program with status 1 and the place on standard error unless `condition` holds.
#define CHECK(condition)                                                                      \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      fprintf(stderr, "%s:%d: not true: %s (errno %d, %s)\n", __FILE__, __LINE__, #condition, \
              errno, strerror(errno));                                                        \
      exit(1);                                                                                \
    }                                                                                         \
  } while (0)

/// `call` must answer -1 and set errno to `expected`.
#define CHECK_FAILS(call, expected)           \
  do {                                        \
    errno = 0;                                \
    CHECK((call) == -1 && errno == expected); \
  } while (0)
