/// \file
/// Splits instructions that only compute into a shape and an operation.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "wasm/opcode.h"

namespace lind::codegen {

/// The first half of an instruction's name: of scalars the type, of vectors the lanes.
enum class Shape : std::uint8_t {
  kNone,
  kI32,
  kI64,
  kF32,
  kF64,
  kV128,
  kI8x16,
  kI16x8,
  kI32x4,
  kI64x2,
  kF32x4,
  kF64x2,
};

enum class NumericOp : std::uint8_t {
  kNone,
#define LIND_NUMERIC_OP(name) k_##name,
#include "codegen/numeric_ops.def"
#undef LIND_NUMERIC_OP
};

/// A NumericOp as a case of a switch that does not name all of them.
#define LIND_NUMERIC_CASE(name) case static_cast<unsigned>(NumericOp::k_##name)

struct NumericOpcode {
  Shape shape = Shape::kNone;
  NumericOp op = NumericOp::kNone;  ///< kNone: the instruction does more than compute
};

/// Threading: any thread.
NumericOpcode numeric_opcode(wasm::Opcode opcode) noexcept;

/// The shape that a name starts with.
Shape shape_of(std::string_view text) noexcept;

}  // namespace lind::codegen
