// What the programs here share: a check that says where it failed, and names for what they give.
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wasi/api.h>

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                        \
    }                                                                 \
  } while (0)

#define CHECK_ERROR(call, expected)                                                      \
  do {                                                                                   \
    const __wasi_errno_t got_ = (call);                                                  \
    if (got_ != (expected)) {                                                            \
      fprintf(stderr, "%s:%d: %s is %d, expected %d\n", __FILE__, __LINE__, #call, got_, \
              (int)(expected));                                                          \
      exit(1);                                                                           \
    }                                                                                    \
  } while (0)

enum { GIVEN = 3 };  // the first preopened directory
#define WRITES \
  (__WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_ALLOCATE | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE)

// What lies at an address: the functions of <wasi/api.h> take C strings, these take anything.
#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
int32_t raw_path_open(int32_t, int32_t, const void*, uint32_t, int32_t, int64_t, int64_t, int32_t,
                      void*) IMPORT(path_open);

static inline __wasi_errno_t open_at(int dir, const char* path, int follow, int oflags, int* fd) {
  const int64_t rights = oflags & __WASI_OFLAGS_DIRECTORY ? (int64_t)~WRITES : -1;
  return (__wasi_errno_t)raw_path_open(dir, follow, path, strlen(path), oflags, rights, -1, 0, fd);
}

#endif
