/// \file
/// A program with a memory, tables and segments of its own.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "runtime/address_space.h"
#include "runtime/program.h"

namespace lind::runtime {

/// Values for a module's imported tables and globals, in import order; imported memories are
/// made from their declared limits unless `memory` is given.  Functions need nothing here: they
/// reach Supervisor::call_import.
struct ImportValues {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> globals;  ///< low and high word
  std::shared_ptr<AddressSpace> memory;
};

/// Threads of one cage share it; vfork shares it with the parent; fork copies it.
///
/// Holds: the address space (with state page and call tables), host-side copies of all tables as
/// references, dropped-segment flags, and the initial values of globals.
class Instance {
 public:
  /// Makes memory and tables, applies active segments.  Does not run the start function.
  /// Errors: a missing import value or a segment out of bounds (message as in the specification's
  /// tests: "out of bounds memory access", "out of bounds table access"), or the host's.
  static ErrorOr<std::shared_ptr<Instance>> create(std::shared_ptr<const Program> program,
                                                   const ImportValues& imports);
  ~Instance();

  /// A child's instance: memory per AddressSpace::fork, tables and segment flags copied.
  Result<std::shared_ptr<Instance>> fork(OtherWriters writers) const;

  const Program& program() const noexcept;
  AddressSpace& memory() const noexcept;
  std::shared_ptr<AddressSpace> shared_memory() const noexcept;

  /// The function exported under `name`, if there is one.
  std::optional<FuncIndex> find_function(std::string_view name) const;

  /// The type of the function at `index` of the first table, as it is now; null if there is none.
  const vmabi::TypeRecord* table_function_type(std::uint32_t index) const;

  struct State;  ///< opaque outside this room
  State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
  explicit Instance(std::unique_ptr<State> state);
};

}  // namespace lind::runtime
