/// \file
/// Machine code as instructions, for tests.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lind::testing {

struct Instruction {
  std::uint32_t offset = 0;
  std::vector<std::uint8_t> bytes;
  std::string text;  ///< AT&T syntax, operands separated by ", "
  bool is_call = false;
  bool has_memory = false;
  std::string segment;        ///< of the memory operand: "fs", "gs" or nothing
  bool has_register = false;  ///< base or index
  std::int64_t displacement = 0;

  std::uint32_t end() const { return offset + static_cast<std::uint32_t>(bytes.size()); }
  bool has_prefix(std::uint8_t prefix) const;
  bool mentions(std::string_view what) const { return text.find(what) != std::string::npos; }
};

/// All instructions from the start of `text`; fails the test at bytes that are none.
std::vector<Instruction> disassemble(std::span<const std::byte> text);

}  // namespace lind::testing
