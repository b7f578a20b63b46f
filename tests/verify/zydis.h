/// \file
/// Zydis, as far as tests want to know an instruction: the other opinion.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <Zydis/Zydis.h>

namespace lind::testing {

struct Decoded {
  ZydisDecodedInstruction instruction;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;

  std::span<const ZydisDecodedOperand> all() const {
    return std::span(operands).first(instruction.operand_count);
  }
};

/// The instruction at the start of `bytes`, nothing if Zydis knows none there.
std::optional<Decoded> decode_with_zydis(std::span<const std::byte> bytes);

/// 0 to 15 for a general register of any width, nothing for any other.
std::optional<unsigned> general_register(ZydisRegister reg);

bool is_written(const ZydisDecodedOperand& operand);
/// It reads or writes memory; neither an address that is computed nor one that only looks so.
bool touches_memory(const Decoded& decoded, const ZydisDecodedOperand& operand);

}  // namespace lind::testing
