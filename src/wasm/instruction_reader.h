/// \file
/// Walks the instructions of a function body.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "wasm/instruction.h"
#include "wasm/module.h"
#include "wasm/reader.h"

namespace lind::wasm {

/// Decodes one instruction after the other.
///
///     InstructionReader reader(function, module.features);
///     while (!reader.done()) {
///       const Instruction& instruction = *LIND_TRY(reader.next());
///       ...
///     }
///
/// In a validated body next() cannot fail, and the last instruction is the `end` of the body.
class InstructionReader {
 public:
  InstructionReader(const Function& function, const Features& features) noexcept
      : InstructionReader(Reader(function.body, function.body_offset), features) {}
  InstructionReader(Reader reader, const Features& features) noexcept
      : reader_(reader), features_(features) {}

  bool done() const noexcept { return reader_.done(); }
  /// Behind the last instruction.
  const Reader& reader() const noexcept { return reader_; }

  /// The next instruction; it stays until the following call.
  /// Requires: !done().
  /// Errors: an opcode that is unknown or needs a feature we do not have, malformed immediates.
  ErrorOr<const Instruction*> next();

 private:
  ErrorOr<Opcode> read_opcode();
  ErrorOr<void> read_immediates(Immediates immediates);
  ErrorOr<void> read_block_type();
  ErrorOr<void> read_catches();
  ErrorOr<void> read_labels();
  ErrorOr<void> read_value_types();
  ErrorOr<void> read_mem_arg();
  ErrorOr<std::uint32_t> read_memory();
  ErrorOr<void> read_sixteen_bytes();

  Reader reader_;
  Features features_;
  Instruction instruction_;
  std::vector<std::uint32_t> labels_;
  std::vector<ValueType> value_types_;
  std::vector<Catch> catches_;
};

}  // namespace lind::wasm
