/// \file
/// The allow-list of opcodes and their operands.  Whatever has no row here is refused.  TCB.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "verify/decode_internal.h"

namespace lind::verify {

/// How many bytes an operand has.  kOperand: 2 with 0x66, 8 with REX.W, else 4.
enum class Width : std::uint8_t {
  kNone,
  k1,
  k2,
  k4,
  k8,
  k16,
  kOperand,
  kOperand48,
  kVector,
  kHalf,
  kQuarter,
  kEighth,
  kDuplicate
};
enum class Immediate : std::uint8_t { kNone, k8, kOperand, kOperand64 };
/// What the lowest bits of an opcode without ModRM name.
enum class OpcodeRegister : std::uint8_t { kNone, kNamed, kWritten, kAccumulator };
/// What needs a look besides its row.
enum class Special : std::uint8_t {
  kNone,
  kExclusiveOr,  ///< clears a register if both are the same
  kSetByte,
  kNop,    ///< with REX.B an exchange
  kFence,  ///< ModRM has but one value
};
/// In kOperations.
enum Operations : std::uint8_t {
  kNoOperations,
  kArithmetic1,
  kArithmeticImmediate8,
  kArithmeticImmediate,
  kShiftByConstant,
  kUnary1,
  kUnary,
  kIncrement,
  kIncrement16,
  kBits
};

struct Row {
  bool allowed = false;
  Kind kind = Kind::kPlain;
  Width width = Width::kNone;   ///< of the general operands and of memory, if `memory` is kNone
  Width memory = Width::kNone;  ///< of the memory operand
  Immediate immediate = Immediate::kNone;
  bool has_modrm = false;
  bool reg_general = false;  ///< ModRM.reg names a general register
  bool rm_general = false;   ///< ModRM.rm names a general register or memory
  bool reg_written = false;
  bool rm_written = false;    ///< register or memory
  bool vvvv_general = false;  ///< VEX.vvvv names a general register
  bool vvvv_written = false;
  bool vvvv_used = false;  ///< else it must be 1111
  bool needs_memory = false;
  bool needs_register = false;
  bool lockable = false;
  bool extends_byte = false;  ///< reads 8 bits of ModRM.rm
  OpcodeRegister opcode_register = OpcodeRegister::kNone;
  Special special = Special::kNone;
  std::uint8_t operations = 0;  ///< if not 0, ModRM.reg selects a row of kOperations[this - 1]
  std::uint16_t implicit = 0;   ///< general registers written besides
  std::uint8_t groups = 0xff;   ///< ModRM.reg values allowed
};

/// The prefix that is part of an opcode.
enum Prefix : std::uint8_t { kPlainPrefix, k66, kF3, kF2 };
constexpr std::size_t kNumPrefixes = 4;
enum Map : std::uint8_t { kMap0, kMap0F, kMap0F38, kMap0F3A };

using Table = std::array<std::array<Row, 256>, kNumPrefixes>;

using OperationRows = std::array<Row, 8>;

/// By map, prefix and opcode: without and with VEX.
extern const std::array<Table, 4> kLegacy;
extern const std::array<Table, 4> kVex;
/// By Operations - 1 and ModRM.reg.
extern const std::array<OperationRows, 9> kOperations;

}  // namespace lind::verify
