/// \file
/// The two stacks of the validation algorithm.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "wasm/opcode.h"
#include "wasm/types.h"

namespace lind::wasm {

/// Takes the place of a type on the operand stack where any would do, in code that is never
/// reached.  One byte like the types themselves, so that lists of them compare and copy fast.
inline constexpr auto kAnyType = static_cast<ValueType>(0);
using Types = std::span<const ValueType>;

/// An open block.
struct ControlFrame {
  Opcode opcode;        ///< what opened it; kBlock for the body of the function
  Types params;         ///< on the operand stack when the block starts
  Types results;        ///< on it when the block ends
  std::size_t height;   ///< of the operand stack below `params`
  bool is_unreachable;  ///< the rest of the block is never reached

  /// What a branch to this block takes along.
  Types label_types() const noexcept { return opcode == Opcode::kLoop ? params : results; }
};

/// Operands and the blocks around them, as in the appendix "Validation Algorithm" of the
/// specification.
/// Invariants: there is an open block until the one of the function body is closed, and the
///   operand stack is never lower than the innermost block says.
class OperandStack {
 public:
  /// Errors: more than kMaxOperandStack operands.
  ErrorOr<void> push(ValueType type);
  ErrorOr<void> push(Types types);

  /// Errors: nothing left in this block.
  ErrorOr<ValueType> pop();
  /// Returns the type found, or `expected` if any would have done.
  /// Errors: also if the operand is of another type.
  ErrorOr<ValueType> pop(ValueType expected);
  ErrorOr<void> pop(Types expected);
  /// Checks what pop(expected) would find, and changes nothing.
  ErrorOr<void> check_top(Types expected) const;

  /// Opens a block; `params` go back onto the operand stack.
  /// Errors: more than kMaxNesting open blocks.
  ErrorOr<void> open(Opcode opcode, Types params, Types results);
  /// Closes the innermost block.  Its results are taken from the stack and not put back.
  ErrorOr<ControlFrame> close();
  /// Says that the rest of the innermost block is never reached.
  void set_unreachable();

  bool is_closed() const noexcept { return frames_.empty(); }
  /// The block that a label names, 0 being the innermost.
  ErrorOr<const ControlFrame*> frame(std::uint32_t label) const;
  const ControlFrame& innermost() const { return frames_.back(); }
  const ControlFrame& outermost() const { return frames_.front(); }

 private:
  std::size_t num_operands() const { return operands_.size() - frames_.back().height; }

  std::vector<ValueType> operands_;
  std::vector<ControlFrame> frames_;
};

}  // namespace lind::wasm
