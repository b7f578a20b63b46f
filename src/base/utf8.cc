#include "base/utf8.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lind {
namespace {

// Well-formed sequences by their first byte.  Source: Unicode 15, table 3-7.
struct Form {
  std::uint8_t first_min, first_max;
  std::uint8_t second_min, second_max;
  std::uint8_t length;  // bytes
};
constexpr std::array<Form, 8> kForms = {{
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
}};

// Bytes of the sequence at the start of `bytes`; 0 if it is not well-formed.
std::size_t sequence_length(std::span<const std::byte> bytes) noexcept {
  const auto at = [bytes](std::size_t index) {
    return std::to_integer<std::uint8_t>(bytes[index]);
  };
  const auto within = [](std::uint8_t byte, std::uint8_t min, std::uint8_t max) {
    return min <= byte && byte <= max;
  };
  if (at(0) < 0x80) return 1;
  for (const Form& form : kForms) {
    if (!within(at(0), form.first_min, form.first_max)) continue;
    if (bytes.size() < form.length || !within(at(1), form.second_min, form.second_max)) return 0;
    for (std::size_t index = 2; index < form.length; ++index) {
      if (!within(at(index), 0x80, 0xbf)) return 0;
    }
    return form.length;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    if (length == 0) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

}  // namespace lind
