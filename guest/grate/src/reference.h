/// \file
/// Handlers written for Lind-Wasm.
#ifndef LIND_GRATE_REFERENCE_H
#define LIND_GRATE_REFERENCE_H 1

#include "lind/grate.h"

lind_result lind_call_reference(uintptr_t handler, const struct lind_call* call);

#endif
