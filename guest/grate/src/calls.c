#include <errno.h>

#include "lind/grate.h"
#include "raw.h"

int lind_interrupted(void) {
  return (int)lind_raw_syscall(LIND_SERVICE_INTERRUPTED, 0, 0, 0, 0, 0, 0);
}

static lind_result make(const struct lind_call* call, uint32_t flags, uint64_t table) {
  struct lind_request request = {
      .number = call->number, .flags = flags, .table = table, .target = call->target};
  for (int i = 0; i < 6; i++) {
    request.arg[i] = call->arg[i];
    request.owner[i] = call->owner[i];
  }
  return lind_raw_syscall(LIND_make_syscall, (uintptr_t)&request, 0, 0, 0, 0, 0);
}

lind_result lind_make(const struct lind_call* call) {
  return make(call, 0, 0);
}

lind_result lind_make_beneath(const struct lind_call* call) {
  return make(call, LIND_BENEATH_OWN, call->target);
}

ssize_t lind_copy_in(void* to, uint32_t cage, uint64_t from, size_t bytes) {
  return (ssize_t)lind_raw_syscall(LIND_copy_data_between_cages, 0, (uintptr_t)to, cage,
                                   (long long)from, bytes, 0);
}

ssize_t lind_copy_out(uint32_t cage, uint64_t to, const void* from, size_t bytes) {
  return (ssize_t)lind_raw_syscall(LIND_copy_data_between_cages, cage, (long long)to, 0,
                                   (uintptr_t)from, bytes, 0);
}

ssize_t lind_copy_string(char* to, uint32_t cage, uint64_t from, size_t bytes) {
  return (ssize_t)lind_raw_syscall(LIND_copy_data_between_cages, 0, (uintptr_t)to, cage,
                                   (long long)from, bytes, LIND_COPY_STRING);
}

int lind_register(uint32_t target, int number, lind_handler handler) {
  return lind_register_to(target, number, 0, (uintptr_t)handler, LIND_ROUTE_HANDLER);
}

int lind_deregister(uint32_t target, int number) {
  return (int)lind_raw_syscall(LIND_deregister_handler, target, number, 0, 0, 0, 0);
}

int lind_copy_table(uint32_t source, uint32_t target) {
  return (int)lind_raw_syscall(LIND_copy_handler_table_to_cage, source, target, 0, 0, 0, 0);
}

int lind_seal(uint32_t target) {
  return (int)lind_raw_syscall(LIND_seal, target, 0, 0, 0, 0, 0);
}

int lind_query(uint32_t target, int number, struct lind_route_row* rows, unsigned count) {
  return (int)lind_raw_syscall(LIND_query, target, number, (uintptr_t)rows, count, 0, 0);
}
