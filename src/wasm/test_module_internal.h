/// \file
/// Modules for the tests of this room, written byte by byte.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lind::wasm::testing {

/// "\x01\x02" with NUL bytes in it, as a string: bytes("\0asm").
template <std::size_t Size>
std::string bytes(const char (&literal)[Size]) {  // NOLINT(modernize-avoid-c-arrays): a literal
  return {literal, Size - 1};
}

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string leb(std::uint64_t value) {
  std::string result;
  for (; value >= 0x80; value >>= 7)
    result += static_cast<char>(value | 0x80);
  return result + static_cast<char>(value);
}

/// `content` with its size in front.
inline std::string sized(const std::string& content) {
  return leb(content.size()) + content;
}

inline std::string section(char id, const std::string& content) {
  return id + sized(content);
}

inline std::string header() {
  return bytes("\0asm\1\0\0\0");
}

/// A module with one function of the signature `type` (as in the binary format, without 0x60),
/// between the sections `before` (import, table ... data count) and `behind` (data).
/// \param code  Locals and instructions, the last `end` included.
inline std::string module_with(const std::string& type, const std::string& code,
                               const std::string& before = "", const std::string& behind = "") {
  return header() + section(1, bytes("\1\x60") + type) + section(3, bytes("\1\0")) + before +
         section(10, bytes("\1") + sized(code)) + behind;
}

}  // namespace lind::wasm::testing
