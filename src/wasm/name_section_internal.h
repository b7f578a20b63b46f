/// \file
/// The custom section "name".

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "wasm/module.h"

namespace lind::wasm {

/// Names the functions as far as `section` does.  Names are for people, so a name that is
/// malformed or of no function is passed over.
void set_function_names(std::span<const std::byte> section, std::vector<Function>& functions);

}  // namespace lind::wasm
