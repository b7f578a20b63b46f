/// \file
/// Shows of compiled code that it stays in its cage.  docs/verifier.md has the rules.  TCB.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "vmabi/layout.h"
#include "vmabi/object_format.h"

namespace lind::verify {

/// An image and the records that say what is where in it.  The records have been checked by
/// object::Object::parse(): offsets lie inside, lists are sorted.
struct Code {
  std::span<const std::byte> text;  ///< the very bytes that will run
  std::span<const std::byte> rodata;
  std::uint32_t rodata_offset = 0;  ///< of rodata in the image; text is at 0
  std::int64_t thread_block = 0;    ///< of the ThreadBlock from FS, as the text has it
  bool is_lind_program = false;
  std::uint64_t memory_span = vmabi::reserved_for(32);  ///< vmabi::memory_span of the memories
  std::uint32_t num_global_words = 0;
  std::span<const vmabi::FunctionRecord> functions;
  std::span<const vmabi::TableRecord> tables;
  std::span<const vmabi::CallSiteRecord> call_sites;
  std::span<const vmabi::TrapRecord> traps;
  std::span<const std::uint32_t> fs_sites;
};

/// A function that was not accepted.
struct Refusal {
  std::uint32_t function_offset;
  std::uint32_t offset;  ///< of the instruction
  const char* reason;
};

/// For people.
std::string to_string(const Refusal& refusal);

class FunctionVerifier;

/// Verifies a text piece by piece, so that only what runs has to be looked at.
///
/// Threading: one thread at a time.
class Verifier {
 public:
  /// Finds out where functions begin.  What `code` points to must live as long and never change.
  /// Errors: starts of functions that do not divide the text.
  static ErrorOr<Verifier> create(const Code& code);
  Verifier(Verifier&& other) noexcept;
  ~Verifier();

  /// Accepts or refuses all functions that have a byte in [begin, end), each once in its life:
  /// one that was accepted is not looked at again.  Takes time linear in their size and records.
  /// Errors: the first refusal.
  ErrorOr<void> verify(std::uint64_t begin, std::uint64_t end);

 private:
  struct State;
  std::unique_ptr<State> state_;
  explicit Verifier(std::unique_ptr<State> state);
  friend ErrorOr<std::vector<Refusal>> find_refusals(const Code& code);
};

/// All of a text at once.  Errors: the first thing that is wrong.
ErrorOr<void> verify(const Code& code);

/// Every function that is refused, at most one reason for each.
/// Errors: as verify(), where the trouble is not in one function.
ErrorOr<std::vector<Refusal>> find_refusals(const Code& code);

}  // namespace lind::verify
