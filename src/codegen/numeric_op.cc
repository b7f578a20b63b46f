#include <cstddef>
#include <utility>

#include "codegen/numeric_op_internal.h"

namespace lind::codegen {
namespace {

struct NamedShape {
  std::string_view name;
  Shape shape;
};
constexpr auto kShapes = std::to_array<NamedShape>({
    {"i32", Shape::kI32},
    {"i64", Shape::kI64},
    {"f32", Shape::kF32},
    {"f64", Shape::kF64},
    {"v128", Shape::kV128},
    {"i8x16", Shape::kI8x16},
    {"i16x8", Shape::kI16x8},
    {"i32x4", Shape::kI32x4},
    {"i64x2", Shape::kI64x2},
    {"f32x4", Shape::kF32x4},
    {"f64x2", Shape::kF64x2},
});

struct NamedOp {
  std::string_view name;
  NumericOp op;
};
constexpr auto kOps = std::to_array<NamedOp>({
#define LIND_NUMERIC_OP(name) {#name, NumericOp::k_##name},
#include "codegen/numeric_ops.def"
#undef LIND_NUMERIC_OP
});

constexpr std::uint8_t kAtomicPrefix = 0xfe;

std::array<NumericOpcode, wasm::kNumOpcodes> make_table() {
  std::array<NumericOpcode, wasm::kNumOpcodes> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const wasm::OpcodeRow& row = wasm::row_of(static_cast<wasm::Opcode>(i));
    const std::size_t dot = row.text.find('.');
    if (row.immediates != wasm::Immediates::kNone || row.prefix == kAtomicPrefix ||
        dot == std::string_view::npos) {
      continue;
    }
    const Shape shape = shape_of(row.text);
    if (shape == Shape::kNone) continue;
    for (const NamedOp& named : kOps) {
      if (named.name == row.text.substr(dot + 1)) table[i] = {shape, named.op};
    }
  }
  return table;
}

}  // namespace

Shape shape_of(std::string_view text) noexcept {
  for (const NamedShape& named : kShapes) {
    if (named.name == text.substr(0, text.find('.'))) return named.shape;
  }
  return Shape::kNone;
}

NumericOpcode numeric_opcode(wasm::Opcode opcode) noexcept {
  static const std::array<NumericOpcode, wasm::kNumOpcodes> table = make_table();
  return table[static_cast<std::size_t>(opcode)];
}

}  // namespace lind::codegen
