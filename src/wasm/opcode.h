/// \file
/// The instructions of WebAssembly and what opcodes.def says about them.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lind::wasm {

/// Numbered by row of opcodes.def, without holes, so that tables can be indexed with it.
enum class Opcode : std::uint16_t {
#define LIND_OPCODE(name, prefix, code, text, immediates, signature, width_log2, feature) name,
#include "wasm/opcodes.def"
#undef LIND_OPCODE
};

/// What follows the code, and which fields of an Instruction hold it.
enum class Immediates : std::uint8_t {
  kNone,
  kBlock,         ///< block_type
  kTryTable,      ///< block_type, catches
  kLabel,         ///< index: blocks to leave, 0 is the innermost
  kLabels,        ///< labels
  kFunction,      ///< index
  kTypeTable,     ///< index: type, index2: table
  kValueTypes,    ///< value_types
  kLocal,         ///< index
  kGlobal,        ///< index
  kTag,           ///< index
  kTable,         ///< index
  kTableTable,    ///< index: destination, index2: source
  kElement,       ///< index
  kElementTable,  ///< index: segment, index2: table
  kMemory,        ///< index
  kMemoryMemory,  ///< index: destination, index2: source
  kData,          ///< index
  kDataMemory,    ///< index: segment, index2: memory
  kMemArg,        ///< mem
  kMemArgLane,    ///< mem, lane
  kLane,          ///< lane
  kI32,           ///< bits, zero-extended
  kI64,           ///< bits
  kF32,           ///< bits, zero-extended
  kF64,           ///< bits
  kV128,          ///< bytes
  kShuffle,       ///< bytes: sixteen lane indexes below 32
  kRefType,       ///< value_type
  kZeroByte,      ///< nothing: a byte that must be 0
};

enum class OpcodeFeature : std::uint8_t { kCore, kThreads, kTailCall, kRelaxedSimd, kExceptions };

/// One row of opcodes.def; the fields are explained there.
struct OpcodeRow {
  std::uint8_t prefix;
  std::uint16_t code;
  std::string_view text;
  Immediates immediates;
  std::string_view signature;
  std::uint8_t width_log2;
  OpcodeFeature feature;
};

namespace internal {
using enum Immediates;
using enum OpcodeFeature;
inline constexpr auto kOpcodeRows = std::to_array<OpcodeRow>({
#define LIND_OPCODE(name, prefix, code, text, immediates, signature, width_log2, feature) \
  {prefix, code, text, immediates, signature, width_log2, feature},
#include "wasm/opcodes.def"
#undef LIND_OPCODE
});
}  // namespace internal

inline constexpr std::size_t kNumOpcodes = internal::kOpcodeRows.size();

constexpr const OpcodeRow& row_of(Opcode opcode) noexcept {
  return internal::kOpcodeRows[static_cast<std::size_t>(opcode)];
}

/// The opcode of a prefix byte (0 for none) and the code behind it, if there is one.
std::optional<Opcode> find_opcode(std::uint8_t prefix, std::uint32_t code) noexcept;

/// Lanes of a vector that the instruction's lane immediate may name.
/// Requires: immediates kLane or kMemArgLane.
constexpr std::uint32_t num_lanes(Opcode opcode) noexcept {
  return 16U >> row_of(opcode).width_log2;
}

}  // namespace lind::wasm
