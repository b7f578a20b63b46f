/// \file
/// Writes the object file; docs/formats/object.md draws it.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "codegen/image_internal.h"
#include "codegen/plan_internal.h"
#include "wasm/module.h"

namespace lind::codegen {

/// Errors: an object of 4 GiB or more.
ErrorOr<std::vector<std::byte>> write_object(const wasm::Module& module, const Plan& plan,
                                             const Image& image,
                                             std::span<const std::byte, 32> key);

}  // namespace lind::codegen
