/// \file
/// Random code of one function.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "random.h"
#include "shape.h"
#include "wasm/opcode.h"
#include "writer.h"

namespace lind::fuzz {

/// Writes statements and expressions of the wanted types, and ends before `budget` is used up.
class Body {
 public:
  /// \param type  of the function, index into shape.types
  Body(Random& random, const Shape& shape, std::uint32_t type);

  /// Fuel, statements, results; the last `end` included.  Call once.
  void write_random();
  /// Locals and code, as the code section has them.
  Writer finish() const;

  // For functions that are not random.
  Writer& code() noexcept { return code_; }
  std::uint32_t add_local(wasm::ValueType type);
  void local(wasm::Opcode opcode, std::uint32_t index);
  void i32(std::uint32_t value);
  void constant(wasm::ValueType type);
  /// Replaces the value on the stack by one that is the same everywhere: a NaN becomes the NaN.
  void canonicalize(wasm::ValueType type);

 private:
  using Opcode = wasm::Opcode;
  using ValueType = wasm::ValueType;

  void statement();
  void statements();
  void assignment();
  void conditional();
  void loop();
  void block();
  void branch_out();
  void store();
  void bulk();
  void table_write();
  void call_statement();
  void call_function();
  void call_table();
  void tail_call();
  void burn_fuel();
  void global(Opcode opcode, std::uint32_t index);

  void expression(ValueType type);
  void leaf(ValueType type);
  void operation(ValueType type);
  void load(ValueType type);
  void choice(ValueType type);
  void block_value(ValueType type);
  void small_integer();
  bool read_size(ValueType type);

  void address(ValueType type, std::uint32_t align_log2);
  void mem_arg(Opcode opcode, std::uint32_t memory);
  void index(std::uint32_t end);
  std::uint32_t pick_memory() { return random_.below(shape_.memories.size()); }
  std::uint32_t pick_local(ValueType type);
  void canonicalize_lanes(bool is_f32);

  Random& random_;
  const Shape& shape_;
  const wasm::FuncType& type_;
  Writer code_;
  std::vector<ValueType> locals_;  ///< behind the parameters
  int budget_ = 120;               ///< expressions and statements left
  int depth_ = 0;
  std::uint32_t num_labels_ = 0;  ///< open blocks that take no values
};

}  // namespace lind::fuzz
