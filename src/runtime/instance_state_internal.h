/// \file
/// What an Instance holds; for the builtins and Thread.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "runtime/instance.h"
#include "runtime/store.h"
#include "runtime/wasm_memory.h"

namespace lind::runtime {

/// Where a mutable global lives that several instances see.
///
/// Threading: atomic words; instances on different host threads see each other's stores late.
struct GlobalCell {
  std::atomic<std::uint64_t> low{0};
  std::atomic<std::uint64_t> high{0};
};

/// A global of one instance that is a cell.
struct LinkedGlobal {
  std::uint32_t first_word = 0;
  bool is_wide = false;  ///< v128
  bool holds_function = false;
  std::shared_ptr<GlobalCell> cell;
};

/// One table as references; the call tables below GS are derived from it.
struct Table {
  /// Of an instance in a store: as all of them understand it (Store::for_all).
  std::vector<std::uint64_t> references;
  std::uint64_t max_entries = 0;  ///< declared maximum and the capacity of all windows
  bool holds_functions = false;   ///< and has windows
  bool holds_exceptions = false;
  bool is_changed = false;  ///< since segments were applied, or it was reset
  /// Instances whose code sees the table, and under which index.
  struct View {
    Instance::State* instance;
    std::uint32_t index;
  };
  std::vector<View> views;
};

/// Lock order: Instance::State::mu is below AddressSpace::mu_ nowhere: neither is taken under the
/// other, except by fork, which takes only this one and then lets AddressSpace take its own.
struct Instance::State {
  explicit State(Store* owner) : store(owner), mu(owner != nullptr ? owner->table_mu() : own_mu) {}
  ~State();

  std::shared_ptr<const Program> program;
  std::shared_ptr<AddressSpace> memory;
  std::vector<std::uint64_t> initial_globals;  ///< words
  std::optional<FuncIndex> signal_entry;
  std::optional<FuncIndex> uncaught_entry;  ///< takes one i32, returns nothing
  std::vector<LinkedGlobal> linked_globals;
  /// By index; null: memory 0 is `memory` itself.
  std::vector<std::shared_ptr<WasmMemory>> memories;
  Store* const store;
  std::uint64_t first_function = 0;  ///< number of function 0 in the store
  std::vector<std::shared_ptr<const Tag>> tags;

  Mutex own_mu;
  Mutex& mu;  ///< own_mu, or the store's
  std::vector<std::shared_ptr<Table>> tables LIND_GUARDED_BY(mu);
  std::vector<bool> data_dropped LIND_GUARDED_BY(mu);
  std::vector<bool> elem_dropped LIND_GUARDED_BY(mu);

  /// Becomes a copy of everything but the memory, which `child` has.
  void copy_to(State& child) const LIND_REQUIRES(mu) LIND_REQUIRES(child.mu);
  /// Whether it could be copied: nothing is shared with other instances.
  bool stands_alone() const noexcept;

  /// Function references of the instance's own code and of the store.
  std::uint64_t to_shared(std::uint64_t reference) const noexcept;
  std::uint64_t to_own(std::uint64_t reference) const noexcept;
  /// Copies linked globals between their cells and a thread's words.
  void publish_globals(std::span<const std::uint64_t> words) const noexcept;
  void fetch_globals(std::span<std::uint64_t> words) const noexcept;

  /// What compiled code sees of `reference`, an entry of a function table.
  vmabi::TableEntry call_entry(std::uint64_t reference) const;
  /// Makes `index` another view of the table.  Errors: a message.
  ErrorOr<void> add_view(const std::shared_ptr<Table>& table, std::uint32_t index)
      LIND_REQUIRES(mu);
  /// Stores references of this instance's code into a table, windows included.
  /// Requires: the range is inside.
  void store_locked(std::uint32_t table, std::uint64_t first,
                    std::span<const std::uint64_t> references) LIND_REQUIRES(mu);
  /// The reference in a table, as this instance's code has it.  Requires: inside.
  std::uint64_t load_locked(std::uint32_t table, std::uint64_t index) const LIND_REQUIRES(mu);
  /// Old size.  Nothing if there is no room.
  std::optional<std::uint64_t> grow_locked(std::uint32_t table, std::uint64_t entries,
                                           std::uint64_t reference) LIND_REQUIRES(mu);
  /// The references of an element segment; empty if dropped.
  std::vector<std::uint64_t> segment_items(std::uint32_t segment) const;
  /// Value of a constant expression, low word.
  std::uint64_t evaluate(const vmabi::ConstExpr& expr) const;
  std::uint64_t run_steps(std::span<const vmabi::ConstStepRecord> steps) const;

  Result<void, vmabi::TrapCode> table_init(std::uint32_t table, std::uint32_t segment,
                                           std::uint64_t dst, std::uint32_t src,
                                           std::uint32_t entries) LIND_EXCLUDES(mu);
  Result<void, vmabi::TrapCode> memory_init(std::uint32_t memory_index, std::uint32_t segment,
                                            std::uint64_t dst, std::uint32_t src,
                                            std::uint32_t num_bytes) LIND_EXCLUDES(mu);
  /// Bytes of memory `index` that bulk operations may name now.
  std::uint64_t limit_of_memory(std::uint32_t index) const;
  /// The address of byte 0 of memory `index`, for routines with a fault range.
  std::byte* start_of_memory(std::uint32_t index) const;
  /// Whether memory bounds are wasm's own, in contrast to POSIX memory.
  bool exact() const;
};

}  // namespace lind::runtime
