/// \file
/// Compiles text modules for tests and takes the objects apart.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codegen/compile.h"
#include "object/object.h"

namespace lind::testing {

/// The bytes that wat2wasm makes of a text module.
std::vector<std::byte> assemble(std::string_view text);
/// The text of a module in this folder.
std::string read_wat(const std::string& name);

/// Decodes, validates and compiles.
ErrorOr<std::vector<std::byte>> compile_binary(std::span<const std::byte> bytes,
                                               const codegen::CompileOptions& options);
/// As compile_binary(), what assemble() makes of `text`.
ErrorOr<std::vector<std::byte>> compile(std::string_view text,
                                        const codegen::CompileOptions& options);

/// An object and the bytes it was read from.
struct Compiled {
  std::vector<std::byte> bytes;
  object::Object object;

  std::span<const std::byte> text() const {
    return std::span(bytes).subspan(object.text_range().offset, object.text_range().size);
  }
  /// The function or global exported under `name`; fails the test if there is none.
  const vmabi::FunctionRecord& function(std::string_view name) const;
};

/// As compile(), for modules that must compile, read back by the runtime's reader.
Compiled compile_ok(std::string_view text, const codegen::CompileOptions& options);

}  // namespace lind::testing
