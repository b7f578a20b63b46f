/// \file
/// A program with a memory, tables and segments of its own.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runtime/address_space.h"
#include "runtime/exception.h"
#include "runtime/program.h"
#include "runtime/store.h"
#include "runtime/wasm_memory.h"

namespace lind::runtime {

struct GlobalCell;
struct Table;

/// What an imported global is: a value, or the cell that a mutable one lives in.
struct ImportedGlobal {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::shared_ptr<GlobalCell> cell = nullptr;
};

/// What a module's imported tables, memories, globals and tags are, each in import order; functions
/// need nothing here: they reach Supervisor::call_import.
struct ImportValues {
  std::vector<ImportedGlobal> globals;
  /// May be short: then tables and memories are made from their declared limits.
  std::vector<std::shared_ptr<Table>> tables;
  std::vector<std::shared_ptr<WasmMemory>> memories;
  /// Memory 0 of a module with one, for threads that are instances of their own.
  std::shared_ptr<AddressSpace> memory;
  /// Whose instances see one another's tables, memories and mutable globals.  Must outlive this
  /// one.
  Store* store = nullptr;
  std::vector<std::shared_ptr<const Tag>> tags;
  /// What each memory and table may grow to, whatever the module declares.
  std::uint64_t max_memory_pages = ~std::uint64_t{0};
  std::uint32_t max_table_entries = ~std::uint32_t{0};
};

/// Threads of one cage share it; vfork shares it with the parent; fork copies it.
///
/// Holds: the address space (with state page and call tables), host-side copies of all tables as
/// references, dropped-segment flags, and the initial values of globals.
class Instance {
 public:
  /// Makes memory and tables, applies active segments.  Does not run the start function.
  /// Errors: a memory that begins above ImportValues::max_memory_pages, both named; a missing
  /// import value or a segment out of bounds (message as in the specification's tests: "out of
  /// bounds memory access", "out of bounds table access"), or the host's. In a store what the first
  /// segments wrote stays when a later one fails, as the standard says.
  static ErrorOr<std::shared_ptr<Instance>> create(std::shared_ptr<const Program> program,
                                                   const ImportValues& imports);
  ~Instance();

  /// A child's instance: memory per AddressSpace::fork, tables and segment flags copied.
  /// Errors: also ENOSYS for an instance in a store or with further memories.
  Result<std::shared_ptr<Instance>> fork(OtherWriters writers) const;

  /// Another instance that begins as this one is and can be made so again, any number of times.
  /// Requires: nothing runs in this one, now or later; it outlives its clones.
  /// Errors: as fork.
  Result<std::shared_ptr<Instance>> clone() const;
  /// Makes a clone of `image` what it was at first; the globals of its threads are theirs to reset.
  /// Requires: nothing runs in it.  Errors: ENOMEM; it can only be destroyed then.
  Result<void> reset_to(const Instance& image);

  const Program& program() const noexcept;
  AddressSpace& memory() const noexcept;
  std::shared_ptr<AddressSpace> shared_memory() const noexcept;

  /// A tag of the module, to give to another that imports it.
  /// Requires: `index` is below the number of tags.
  std::shared_ptr<const Tag> tag(std::uint32_t index) const;

  /// The function exported under `name`, if there is one.
  std::optional<FuncIndex> find_function(std::string_view name) const;

  /// The type of the function at `index` of the first table, as it is now; null if there is none.
  const vmabi::TypeRecord* table_function_type(std::uint32_t index) const;

  // For instances in a store.  Requires: the index is one of the module's.
  std::shared_ptr<Table> table(std::uint32_t index) const;
  std::uint64_t table_size(std::uint32_t index) const;
  std::shared_ptr<WasmMemory> wasm_memory(std::uint32_t index) const;
  /// Where a mutable global that is exported or imported lives; null for any other.
  std::shared_ptr<GlobalCell> global_cell(std::uint32_t index) const;
  /// A function reference of this instance's code, as all instances of the store understand it.
  std::uint64_t reference_for_all(std::uint64_t reference) const noexcept;
  /// The other way.
  std::uint64_t reference_for_own(std::uint64_t reference) const noexcept;

  struct State;  ///< opaque outside this room
  State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
  explicit Instance(std::unique_ptr<State> state);
};

}  // namespace lind::runtime
