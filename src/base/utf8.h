/// \file
/// UTF-8.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lind {

/// Whether `bytes` are UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::span<const std::byte> bytes) noexcept;

/// The same bytes as characters.
inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  const void* start = bytes.data();
  return {static_cast<const char*>(start), bytes.size()};
}

}  // namespace lind
