/// \file
/// Handlers written for Lind-Wasm.
#ifndef LIND_GRATE_REFERENCE_H
#define LIND_GRATE_REFERENCE_H 1

#include "lind/grate.h"

/// The call that this thread is answering for a handler of the reference's; null: none.
extern _Thread_local const struct lind_call* lind_reference_call;

/// The call that this thread is answering by a handler of the reference's; null: none.
extern _Thread_local const struct lind_call* lind_reference_call;

lind_result lind_call_reference(uintptr_t handler, const struct lind_call* call);

#endif
