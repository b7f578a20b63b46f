/// \file
/// 3i's own calls as the host understands them.  docs/threei.md tells what each means; the host's
/// side of this file is src/uapi/threei.h.
#ifndef LIND_THREEI_H
#define LIND_THREEI_H 1

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
/// The import behind every system call, with all 64 bits of arguments and result.
extern long long lind_raw_syscall(int number, long long a, long long b, long long c, long long d,
                                  long long e, long long f)
    __attribute__((import_module("lind"), import_name("syscall")));
#ifdef __cplusplus
}
#endif

enum {
  LIND_register_handler = 1001,            ///< (target, number, handler, flags, grate)
  LIND_copy_data_between_cages = 1002,     ///< (to cage, to, from cage, from, bytes, flags)
  LIND_copy_handler_table_to_cage = 1003,  ///< (source, target)
  LIND_make_syscall = 1004,                ///< (struct lind_request *)
  LIND_deregister_handler = 1005,          ///< (target, number)
  LIND_seal = 1006,                        ///< (target)
  LIND_query = 1007,                       ///< (target, number, struct lind_route_row *, count)
  LIND_exit_notice = 1008,                 ///< event: (wait status)
  LIND_forward = 1009,                     ///< ()
  LIND_fork_interpose = 1010,              ///< (struct lind_route *, count)
  LIND_FIRST_PRIVATE = 2000,               ///< numbers that mean something to grates alone
  LIND_END_PRIVATE = 4096,
};

enum {
  LIND_EVERY_NUMBER = -1,  ///< all of Linux's numbers that are not named
  LIND_ROUTE_HANDLER = 0,
  LIND_ROUTE_DENY = 1,
  LIND_ROUTE_PASS = 2,
  LIND_ROUTE_MICROVISOR = 3,
  LIND_ROUTE_THREEI = 4,
  LIND_ROUTE_REFERENCE = 0x100,
  LIND_GROW = 0x10000,
  LIND_COPY_STRING = 1,
  LIND_BENEATH_OWN = 1,  ///< what lies in `table` beneath our own layer
};

/// A call as a handler is given it.  Addresses are of the memory of their owners.
struct lind_call {
  int32_t number;
  uint32_t flags;
  uint32_t caller;  ///< the cage that made it: the one it is for, or a grate above
  uint32_t target;  ///< the cage it is for
  uint32_t grate;   ///< the cage that answers: ours
  uint32_t handler;
  uint64_t arg[6];
  uint32_t owner[6];
};

struct lind_request {
  int32_t number;
  uint32_t flags;   ///< LIND_BENEATH_OWN
  uint64_t table;   ///< 0: ours
  uint64_t target;  ///< 0: ourselves
  uint64_t arg[6];
  uint64_t owner[6];  ///< 0: ourselves
};

struct lind_route {
  int32_t number;
  uint32_t flags;
  uint32_t handler;
};

struct lind_route_row {
  uint32_t kind;
  uint32_t value;
  uint32_t grate;
  uint32_t changer;
};

#ifdef __cplusplus
static_assert(sizeof(struct lind_call) == 96 && sizeof(struct lind_request) == 120,
              "host's layout");
#else
_Static_assert(sizeof(struct lind_call) == 96 && sizeof(struct lind_request) == 120,
               "host's layout");
#endif

#endif
