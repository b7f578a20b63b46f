/// \file
/// The exceptions of one thread, by the references that its code holds.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "runtime/exception.h"

namespace lind::runtime {

/// Exceptions are freed by tracing: a reference is a number that nothing else is likely to be, and
/// whatever may hold one (native stack, slots, globals, tables) can be read as words.  A word that
/// only looks like a reference keeps an exception alive, no more.
///
/// A fork copies the table, so that references on the copied stack mean the same.
/// Threading: the thread itself.
class ExceptionTable {
 public:
  /// Of those that are alive, in host memory.
  static constexpr std::size_t kMaxBytes = 16U << 20;

  /// Whether trace() must come before the next add().
  bool is_due() const noexcept { return num_bytes_ >= trace_at_; }
  /// Keeps the exceptions that `mark_all` marks, which is given a function of one word.
  template <typename MarkAll>
  void trace(MarkAll mark_all) {
    for (auto& [reference, entry] : entries_)
      entry.is_marked = false;
    mark_all([this](std::uint64_t word) { mark(word); });
    sweep();
  }

  /// The reference to a new exception; nothing if kMaxBytes are in use.
  std::optional<std::uint64_t> add(Exception exception);
  /// Null if `reference` is none of this thread's.
  const Exception* find(std::uint64_t reference) const noexcept;

 private:
  struct Entry {
    Exception exception;
    bool is_marked = false;
  };
  static constexpr std::uint64_t kFirst = 0x6578'6365'0000'0000;  // no address, no small number
  static constexpr std::size_t kFirstTrace = 64U << 10;
  static constexpr std::size_t kLargest = 4U << 10;  ///< more than any one takes

  void mark(std::uint64_t word) noexcept;
  void sweep();

  std::unordered_map<std::uint64_t, Entry> entries_;
  std::uint64_t next_ = kFirst;
  std::size_t num_bytes_ = 0;
  std::size_t trace_at_ = kFirstTrace;
};

}  // namespace lind::runtime
