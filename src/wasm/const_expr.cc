#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <fmt/core.h>

#include "base/error.h"
#include "base/result.h"
#include "wasm/const_expr_internal.h"
#include "wasm/instruction.h"
#include "wasm/instruction_reader.h"

namespace lind::wasm {
namespace {

using Kind = ConstExpr::Kind;

std::uint64_t little_endian(std::span<const std::uint8_t, 8> bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    value |= std::uint64_t{bytes[index]} << (8 * index);
  }
  return value;
}

std::optional<ConstExpr> to_const_expr(const Instruction& in) noexcept {
  const auto value = [&in](ValueType type) {
    return ConstExpr{.kind = Kind::kValue, .type = type, .low = in.bits};
  };
  if (in.opcode == Opcode::kI32Const) return value(ValueType::kI32);
  if (in.opcode == Opcode::kI64Const) return value(ValueType::kI64);
  if (in.opcode == Opcode::kF32Const) return value(ValueType::kF32);
  if (in.opcode == Opcode::kF64Const) return value(ValueType::kF64);
  if (in.opcode == Opcode::kV128Const) {
    const std::span<const std::uint8_t, 16> bytes(in.bytes);
    return ConstExpr{.kind = Kind::kValue,
                     .type = ValueType::kV128,
                     .low = little_endian(bytes.first<8>()),
                     .high = little_endian(bytes.last<8>())};
  }
  if (in.opcode == Opcode::kGlobalGet) return ConstExpr{.kind = Kind::kGlobal, .index = in.index};
  if (in.opcode == Opcode::kRefFunc) {
    return ConstExpr{.kind = Kind::kFunction, .type = ValueType::kFuncRef, .index = in.index};
  }
  if (in.opcode == Opcode::kRefNull) return ConstExpr{.kind = Kind::kNull, .type = in.value_type};
  return std::nullopt;
}

}  // namespace

ErrorOr<ConstExpr> read_const_expr(Reader& reader, const Features& features) {
  InstructionReader instructions(reader, features);
  const Instruction& first = *LIND_TRY(instructions.next());
  const std::optional<ConstExpr> expr = to_const_expr(first);
  if (!expr) {
    return Error(fmt::format("constant expression required at offset {}, found {}", first.offset,
                             row_of(first.opcode).text));
  }
  const Instruction& last = *LIND_TRY(instructions.next());
  if (last.opcode != Opcode::kEnd) {
    return Error(fmt::format("constant expression must end at offset {}, found {}", last.offset,
                             row_of(last.opcode).text));
  }
  reader = instructions.reader();
  return *expr;
}

}  // namespace lind::wasm
