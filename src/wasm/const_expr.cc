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
#include "wasm/limits.h"

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

bool is_arithmetic(Opcode opcode) noexcept {
  return opcode == Opcode::kI32Add || opcode == Opcode::kI32Sub || opcode == Opcode::kI32Mul ||
         opcode == Opcode::kI64Add || opcode == Opcode::kI64Sub || opcode == Opcode::kI64Mul;
}

bool may_be_step(const Instruction& in) noexcept {
  return in.opcode == Opcode::kI32Const || in.opcode == Opcode::kI64Const ||
         in.opcode == Opcode::kGlobalGet || is_arithmetic(in.opcode);
}

Error not_constant(const Instruction& in) {
  return Error(fmt::format("constant expression required at offset {}, found {}", in.offset,
                           row_of(in.opcode).text));
}

}  // namespace

ErrorOr<ConstExpr> read_const_expr(Reader& reader, const Features& features,
                                   std::vector<ConstStep>& steps) {
  InstructionReader instructions(reader, features);
  const Instruction& first = *LIND_TRY(instructions.next());
  const std::optional<ConstExpr> expr = to_const_expr(first);
  if (!expr) return not_constant(first);
  const std::size_t start = steps.size();
  steps.push_back({.opcode = first.opcode, .index = first.index, .bits = first.bits});
  const bool may_go_on = features.extended_const && may_be_step(first);
  while (true) {
    const Instruction& in = *LIND_TRY(instructions.next());
    if (in.opcode == Opcode::kEnd) break;
    if (!may_go_on) {
      return Error(fmt::format("constant expression must end at offset {}, found {}", in.offset,
                               row_of(in.opcode).text));
    }
    if (!may_be_step(in)) return not_constant(in);
    if (steps.size() - start == kMaxConstSteps) {
      return Error(fmt::format("constant expression of more than {} instructions at offset {}",
                               kMaxConstSteps, in.offset));
    }
    steps.push_back({.opcode = in.opcode, .index = in.index, .bits = in.bits});
  }
  reader = instructions.reader();
  const std::size_t count = steps.size() - start;
  if (count == 1) {
    steps.resize(start);
    return *expr;
  }
  return ConstExpr{.kind = Kind::kSteps, .index = static_cast<std::uint32_t>(start), .low = count};
}

}  // namespace lind::wasm
