/// \file
/// What an Instance holds; for the builtins and Thread.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "runtime/instance.h"

namespace lind::runtime {

/// One table as references; the call table below GS is derived from it.
struct Table {
  std::vector<std::uint64_t> references;
  std::uint32_t max_entries = 0;  ///< declared maximum and window capacity, the smaller one
  bool has_window = false;
};

/// Lock order: Instance::State::mu is below AddressSpace::mu_ nowhere: neither is taken under the
/// other, except by fork, which takes only this one and then lets AddressSpace take its own.
struct Instance::State {
  std::shared_ptr<const Program> program;
  std::shared_ptr<AddressSpace> memory;
  std::vector<std::uint64_t> initial_globals;  ///< words
  std::optional<FuncIndex> signal_entry;

  mutable Mutex mu;
  std::vector<Table> tables LIND_GUARDED_BY(mu);
  std::vector<bool> data_dropped LIND_GUARDED_BY(mu);
  std::vector<bool> elem_dropped LIND_GUARDED_BY(mu);

  /// What compiled code sees of `reference` in a function table.
  vmabi::TableEntry call_entry(std::uint64_t reference) const;
  /// Stores references into a table, window included.  Requires: the range is inside.
  void store_locked(std::uint32_t table, std::uint64_t first,
                    std::span<const std::uint64_t> references) LIND_REQUIRES(mu);
  /// The references of an element segment; empty if dropped.
  std::vector<std::uint64_t> segment_items(std::uint32_t segment) const;
  /// Value of a constant expression, low word.
  std::uint64_t evaluate(const vmabi::ConstExpr& expr) const;
  std::uint64_t run_steps(std::span<const vmabi::ConstStepRecord> steps) const;

  Result<void, vmabi::TrapCode> table_init(std::uint32_t table, std::uint32_t segment,
                                           std::uint32_t dst, std::uint32_t src,
                                           std::uint32_t entries) LIND_EXCLUDES(mu);
  Result<void, vmabi::TrapCode> memory_init(std::uint32_t segment, std::uint32_t dst,
                                            std::uint32_t src, std::uint32_t num_bytes)
      LIND_EXCLUDES(mu);
  /// Whether memory bounds are wasm's own, in contrast to POSIX memory.
  bool exact() const;
};

}  // namespace lind::runtime
