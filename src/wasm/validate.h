/// \file
/// The validation algorithm of the specification.

#pragma once

#include <cstdint>

#include "base/error.h"
#include "wasm/module.h"

namespace lind::wasm {

/// Checks everything except function bodies.
ErrorOr<void> validate_declarations(const Module& module);

/// Checks the body of one function, and decodes it for the first time.
/// Requires: validate_declarations() said yes; `function` is no import.
/// Threading: several threads may check functions of one module.
ErrorOr<void> validate_function(const Module& module, std::uint32_t function);

/// Checks the module as a whole.
ErrorOr<void> validate(const Module& module);

}  // namespace lind::wasm
