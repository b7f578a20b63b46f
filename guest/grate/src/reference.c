// lind_syscall.h on the calls of lind/threei.h.

#include "reference.h"

#include <errno.h>
#include <unistd.h>

#include "lind/grate.h"
#include "lind_syscall.h"
#include "raw.h"

int register_handler(uint64_t target, uint64_t number, uint64_t grate, uint64_t function) {
  if (grate == THREEI_DEREGISTER) return lind_deregister((uint32_t)target, (int)number);
  const int done = lind_register_to((uint32_t)target, (int)number, (uint32_t)grate,
                                    (uint32_t)function, LIND_ROUTE_REFERENCE);
  return done == -ESRCH ? (int)ELINDESRCH : done;
}

int copy_data_between_cages(uint64_t thiscage, uint64_t targetcage, uint64_t source,
                            uint64_t source_cage, uint64_t destination, uint64_t destination_cage,
                            uint64_t bytes, uint64_t type) {
  (void)thiscage, (void)targetcage;
  if (type > 1 || bytes > UINT32_MAX || source_cage == destination_cage)
    return (int)ELINDAPIABORTED;
  const uint32_t own = (uint32_t)getpid();
  const long long copied = lind_raw_syscall(
      LIND_copy_data_between_cages, destination_cage == own ? 0 : (long long)destination_cage,
      (long long)destination, source_cage == own ? 0 : (long long)source_cage, (long long)source,
      (long long)bytes, type == 1 ? LIND_COPY_STRING : 0);
  const int whole = type == 1 ? copied > 0 : copied == (long long)bytes;
  return whole ? (int)destination : (int)ELINDAPIABORTED;
}

int copy_handler_table_to_cage(uint64_t source, uint64_t target) {
  const int done = lind_copy_table((uint32_t)source, (uint32_t)target);
  return done == -ESRCH ? (int)ELINDESRCH : done;
}

static long long make(unsigned int number, uint64_t table, uint64_t target, const uint64_t arg[6],
                      const uint64_t owner[6]) {
  const uint64_t own = (uint64_t)getpid();
  struct lind_request request = {.number = (int32_t)number,
                                 .table = table == own ? 0 : table,
                                 .target = target == own ? 0 : target};
  for (int i = 0; i < 6; i++) {
    const uint64_t cage = owner[i] & ~GRATE_MEMORY_FLAG;
    // An unused argument belongs to nobody.
    const int unused = arg[i] == UNUSED_ARG || cage == UNUSED_ID;
    request.arg[i] = unused ? 0 : arg[i];
    request.owner[i] = unused || cage == own || (owner[i] & GRATE_MEMORY_FLAG) ? 0 : cage;
  }
  return lind_raw_syscall(LIND_make_syscall, (uintptr_t)&request, 0, 0, 0, 0, 0);
}

int make_threei_call(unsigned int number, uint64_t name, uint64_t self, uint64_t target,
                     uint64_t a1, uint64_t o1, uint64_t a2, uint64_t o2, uint64_t a3, uint64_t o3,
                     uint64_t a4, uint64_t o4, uint64_t a5, uint64_t o5, uint64_t a6, uint64_t o6,
                     int translate_errno) {
  (void)name;
  long long result = 0;
  if (number == REGISTER_HANDLER_SYSCALL) {
    // Its number travels as the owner of the first argument, its grate as that of the second.
    const uint64_t arg[6] = {a1, o1, a3, LIND_ROUTE_REFERENCE, o2, 0};
    const uint64_t owner[6] = {0};
    // There it is made in the name of the grate that it names; here whoever made it goes on asking.
    if (lind_reference_call != NULL) target = lind_reference_call->target;
    result = make(number, self, target, arg, owner);
  } else {
    const uint64_t arg[6] = {a1, a2, a3, a4, a5, a6};
    const uint64_t owner[6] = {o1, o2, o3, o4, o5, o6};
    result = make(number, self, target, arg, owner);
  }
  if (translate_errno && result < 0 && result > -256) {
    errno = (int)-result;
    return -1;
  }
  return (int)result;
}
