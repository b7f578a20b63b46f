/// \file
/// One decoded instruction.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "wasm/opcode.h"
#include "wasm/types.h"

namespace lind::wasm {

/// What a block takes from the operand stack and leaves on it: the signature `type`, or nothing
/// and at most one `result`.
struct BlockType {
  std::optional<std::uint32_t> type;  ///< index into Module::types
  std::optional<ValueType> result;    ///< only if there is no `type`
};

struct MemArg {
  std::uint32_t align_log2 = 0;
  std::uint32_t memory = 0;
  std::uint64_t offset = 0;
};

/// Numbers are those of the binary format.
enum class CatchKind : std::uint8_t { kTag = 0, kTagRef = 1, kAll = 2, kAllRef = 3 };

/// A clause of try_table: where exceptions of `tag`, or all of them, go on, and whether a reference
/// to the exception goes along.
struct Catch {
  CatchKind kind = CatchKind::kAll;
  std::uint32_t tag = 0;    ///< kTag, kTagRef
  std::uint32_t label = 0;  ///< as seen from outside of the try_table

  bool names_tag() const noexcept { return kind == CatchKind::kTag || kind == CatchKind::kTagRef; }
  bool gives_reference() const noexcept {
    return kind == CatchKind::kTagRef || kind == CatchKind::kAllRef;
  }
};

/// An opcode and its immediates.  Which fields mean something is told by enum Immediates.
struct Instruction {
  Opcode opcode{};
  std::uint8_t lane = 0;
  ValueType value_type = ValueType::kI32;
  std::uint32_t offset = 0;  ///< of the opcode in the module
  std::uint32_t index = 0;
  std::uint32_t index2 = 0;
  BlockType block_type;
  MemArg mem;
  std::uint64_t bits = 0;
  std::array<std::uint8_t, 16> bytes{};
  std::span<const std::uint32_t> labels;   ///< of br_table; the last one is the default
  std::span<const ValueType> value_types;  ///< of select_t
  std::span<const Catch> catches;          ///< of try_table
};

}  // namespace lind::wasm
