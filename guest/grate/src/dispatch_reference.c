// A program for Lind-Wasm brings pass_fptr_to_wt, which calls its handlers.

#include "reference.h"

#define WORDS(n) uint64_t arg##n, uint64_t owner##n

extern int pass_fptr_to_wt(uint64_t handler, uint64_t cage, WORDS(1), WORDS(2), WORDS(3), WORDS(4),
                           WORDS(5), WORDS(6)) __attribute__((weak));
typedef int (*reference_handler)(uint64_t cage, WORDS(1), WORDS(2), WORDS(3), WORDS(4), WORDS(5),
                                 WORDS(6));

// What Lind-Wasm packs into the owners of its own calls' arguments.
static void pack(const struct lind_call* call, uint64_t arg[6], uint64_t owner[6]) {
  for (int i = 0; i < 6; i++) {
    arg[i] = call->arg[i];
    owner[i] = call->owner[i];
  }
  const uint64_t* given = call->arg;
  if (call->number == LIND_register_handler) {
    arg[0] = given[0] != 0 ? given[0] : call->caller;
    owner[0] = (uint32_t)given[1];
    arg[1] = 0;
    owner[1] = given[4] != 0 ? given[4] : call->caller;
    arg[2] = given[2];
  } else if (call->number == LIND_copy_data_between_cages) {
    arg[0] = given[3];
    owner[0] = given[2] != 0 ? given[2] : call->caller;
    arg[1] = given[1];
    owner[1] = given[0] != 0 ? given[0] : call->caller;
    arg[2] = given[4];
    arg[3] = given[5];
  } else if (call->number == LIND_copy_handler_table_to_cage) {
    arg[0] = given[0];
    owner[0] = given[1];
  }
}

static int call_handler(uintptr_t handler, uint64_t cage, const uint64_t a[6],
                        const uint64_t o[6]) {
  if (pass_fptr_to_wt != NULL) {
    return pass_fptr_to_wt(handler, cage, a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4],
                           o[4], a[5], o[5]);
  }
  return ((reference_handler)handler)(cage, a[0], o[0], a[1], o[1], a[2], o[2], a[3], o[3], a[4],
                                      o[4], a[5], o[5]);
}

_Thread_local const struct lind_call* lind_reference_call;

lind_result lind_call_reference(uintptr_t handler, const struct lind_call* call) {
  uint64_t a[6], o[6];
  pack(call, a, o);
  lind_reference_call = call;
  const int result = call_handler(handler, call->grate, a, o);
  lind_reference_call = NULL;
  return result;
}
