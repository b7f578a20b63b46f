/// \file
/// Values of WebAssembly as a person writes them.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "vmabi/object_format.h"

namespace lind::wasi {

/// "i32" and so on.
std::string_view kind_name(vmabi::ValueKind kind) noexcept;

/// The word of one argument: decimal or 0x and hexadecimal digits, with a sign or as unsigned;
/// for f32 and f64 also what strtod takes.
/// Errors: no number, or too large for the type; kinds that are no numbers.
ErrorOr<std::uint64_t> parse_value(vmabi::ValueKind kind, const std::string& text);

/// One value of numbers, a line each.  Requires: one word for each of `kinds`.
std::string format_values(std::span<const vmabi::ValueKind> kinds,
                          std::span<const std::uint64_t> words);

}  // namespace lind::wasi
