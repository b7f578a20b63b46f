/// \file
/// Writes the object file; docs/formats/object.md draws it.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codegen/image_internal.h"
#include "codegen/plan_internal.h"
#include "wasm/module.h"

namespace lind::codegen {

/// The records of all functions, without types and names, which only the object's writer knows.
std::vector<vmabi::FunctionRecord> make_function_records(const Image& image);
/// Where the tables lie; the rest of the records comes from the module.
std::vector<vmabi::TableRecord> make_table_records(const Plan& plan);

/// `cpu`: what the code was made for, as resolve_cpu has it.
/// Errors: an object of 4 GiB or more.
ErrorOr<std::vector<std::byte>> write_object(const wasm::Module& module, const Plan& plan,
                                             const Image& image, std::string_view cpu,
                                             std::span<const std::byte, 32> key);

}  // namespace lind::codegen
