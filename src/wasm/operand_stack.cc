#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/result.h"
#include "wasm/limits.h"
#include "wasm/operand_stack_internal.h"
#include "wasm/types.h"

namespace lind::wasm {
namespace {

Error mismatch(ValueType expected, std::string_view found) {
  return Error(fmt::format("type mismatch: expected {}, found {}", to_string(expected), found));
}

}  // namespace

ErrorOr<void> OperandStack::push(ValueType type) {
  return push(Types(&type, 1));
}

ErrorOr<void> OperandStack::push(Types types) {
  if (types.size() > kMaxOperandStack - operands_.size()) {
    return Error(fmt::format("more than {} operands on the stack", kMaxOperandStack));
  }
  operands_.insert(operands_.end(), types.begin(), types.end());
  return {};
}

ErrorOr<ValueType> OperandStack::pop() {
  if (num_operands() == 0) {
    if (frames_.back().is_unreachable) return kAnyType;
    return Error("type mismatch: expected an operand, the stack of this block is empty");
  }
  const ValueType type = operands_.back();
  operands_.pop_back();
  return type;
}

ErrorOr<ValueType> OperandStack::pop(ValueType expected) {
  const ValueType found = LIND_TRY(pop());
  if (found == kAnyType) return expected;
  if (expected != kAnyType && found != expected) return mismatch(expected, to_string(found));
  return found;
}

ErrorOr<void> OperandStack::pop(Types expected) {
  LIND_TRY(check_top(expected));
  operands_.resize(operands_.size() - std::min(expected.size(), num_operands()));
  return {};
}

ErrorOr<void> OperandStack::check_top(Types expected) const {
  const Types found = Types(operands_).last(std::min(expected.size(), num_operands()));
  if (found.size() < expected.size() && !frames_.back().is_unreachable) {
    return Error(fmt::format("type mismatch: expected {} operands, {} are on the stack",
                             expected.size(), found.size()));
  }
  const Types wanted = expected.last(found.size());
  if (std::ranges::equal(found, wanted)) return {};
  for (std::size_t index = 0; index < found.size(); ++index) {
    if (found[index] != kAnyType && found[index] != wanted[index]) {
      return mismatch(wanted[index], to_string(found[index]));
    }
  }
  return {};
}

ErrorOr<void> OperandStack::open(Opcode opcode, Types params, Types results) {
  if (frames_.size() >= kMaxNesting) {
    return Error(fmt::format("more than {} blocks inside one another", kMaxNesting));
  }
  frames_.push_back({.opcode = opcode,
                     .params = params,
                     .results = results,
                     .height = operands_.size(),
                     .is_unreachable = false});
  return push(params);
}

ErrorOr<ControlFrame> OperandStack::close() {
  const ControlFrame block = frames_.back();
  LIND_TRY(pop(block.results));
  if (operands_.size() != block.height) {
    return Error(fmt::format("type mismatch: {} operands are left at the end of the block",
                             operands_.size() - block.height));
  }
  frames_.pop_back();
  return block;
}

void OperandStack::set_unreachable() {
  ControlFrame& block = frames_.back();
  operands_.resize(block.height);
  block.is_unreachable = true;
}

ErrorOr<const ControlFrame*> OperandStack::frame(std::uint32_t label) const {
  if (label >= frames_.size()) {
    return Error(fmt::format("unknown label {}, {} blocks are open", label, frames_.size()));
  }
  return &frames_[frames_.size() - 1 - label];
}

}  // namespace lind::wasm
