/// \file
/// Machine code as text.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lind::codegen {

struct DisassembledInstruction {
  std::uint64_t address;
  std::uint32_t num_bytes;
  /// Where a direct call or jump goes, or what an operand relative to the instruction pointer
  /// names; 0 if there is no such address.
  std::uint64_t target;
  std::string text;  ///< Intel syntax; "(bad)" for a byte that begins no instruction
};

/// The x86-64 instructions of `code`, whose first byte is at `address`.
/// Threading: any thread.
std::vector<DisassembledInstruction> disassemble(std::span<const std::byte> code,
                                                 std::uint64_t address);

}  // namespace lind::codegen
