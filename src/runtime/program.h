/// \file
/// A compiled object, loaded: its code mapped once per process, its records checked.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "object/object.h"
#include "vmabi/traps.h"

namespace lind::runtime {

/// Immutable after load, but for which of its pages may be executed; shared by all instances.
///
/// Ownership: counted.  The code stays mapped while any instance lives.
/// Threading: any thread.
class Program {
 public:
  /// Copies the image of `object` into anonymous memory, biases its fs sites for this host
  /// program, and makes it read-only.  Nothing is executable yet; no page is ever writable and
  /// executable.
  /// Errors: what object::Object::parse or verify::Verifier::create refuses, or the host's.
  static ErrorOr<std::shared_ptr<const Program>> load(std::span<const std::byte> object);
  ~Program();

  /// Asks the verifier about the functions around `image_offset`, which was to be executed and
  /// could not be, and makes their pages executable if it accepts these very bytes.
  /// Requires: `image_offset` lies in the text.
  /// Errors: the refusal, or the host's.
  ErrorOr<void> make_executable(std::uint32_t image_offset) const;
  /// The same for all of the text.  Errors: the first refusal, or the host's.
  ErrorOr<void> make_all_executable() const;

  const object::Object& object() const noexcept;
  /// Host address of image offset 0.  For entry code and tables.
  const std::byte* image() const noexcept;
  /// Whether `pc` lies in the text; its image offset if so.
  std::optional<std::uint32_t> text_offset(std::uint64_t pc) const noexcept;
  /// The function around an image offset; null if none is there.
  const vmabi::FunctionRecord* find_function(std::uint32_t image_offset) const noexcept;
  /// Name of the function around an image offset, "function[17]" if it has none; nothing in it acts
  /// on a terminal or ends a line.
  std::string function_name(std::uint32_t image_offset) const;

  /// Host address of image offset 0, as a number.
  std::uint64_t text_start() const noexcept;
  /// Words of ThreadBlock::slots that this program's calls may use; at least 1.
  std::uint32_t num_slot_words() const noexcept;
  /// The record of a return address, null if it is none.
  const vmabi::CallSiteRecord* find_call_site(std::uint32_t return_offset) const noexcept;
  /// Why the instruction at `image_offset` stops: `unreachable` if no record says more.
  vmabi::TrapCode trap_at(std::uint32_t image_offset) const noexcept;

 private:
  struct State;
  /// kNo is for the hand-written program of our own tests alone, which breaks rules on purpose.
  enum class Verify : std::uint8_t { kYes, kNo };
  static ErrorOr<std::shared_ptr<const Program>> load(std::span<const std::byte> object,
                                                      Verify verify);
  friend std::shared_ptr<const Program> make_test_program();
  std::unique_ptr<State> state_;
  explicit Program(std::unique_ptr<State> state);
};

}  // namespace lind::runtime
