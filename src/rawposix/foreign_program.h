/// \file
/// Programs that do not make Linux's calls themselves: the floor above (WASI) makes them.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "runtime/program.h"
#include "runtime/supervisor.h"
#include "runtime/thread.h"

namespace lind::rawposix {

class Process;
struct ProgramArguments;

/// What a host thread runs first: an exported function and its arguments.
struct GuestEntry {
  FuncIndex function;
  std::vector<std::uint64_t> words;
};

/// One program of a process, with the functions that it imports.
///
/// Ownership: its process, until that ends or executes another one.
/// Threading: begin and main on the first thread; the others on any guest thread, many at once.
class ForeignProgram {
 public:
  virtual ~ForeignProgram() = default;

  /// Makes the process what the program expects.  Before its first instruction, outside guest code.
  /// Errors: what to tell the user.
  virtual ErrorOr<void> begin(Process& process, runtime::Thread& thread) = 0;
  /// What the first thread runs, in this order, behind the start function.
  virtual std::vector<GuestEntry> main() const = 0;
  /// All of main() have returned, and `thread` has the results of the last one.  On that thread,
  /// outside guest code.  Returns the exit code.
  virtual std::int32_t returned(Process& process, runtime::Thread& thread) = 0;
  /// What a new thread runs behind the start function; nothing if the program has no threads.
  virtual std::optional<GuestEntry> thread_entry(std::uint32_t tid,
                                                 std::uint32_t argument) const = 0;
  /// An imported function, as runtime::Supervisor::call_import.
  virtual vmabi::TrapCode call(Process& process, runtime::Thread& thread,
                               std::uint32_t import_index) = 0;
};

/// Makes them; given to the kernel.  Threading: any.
class ForeignAbi {
 public:
  virtual ~ForeignAbi() = default;
  /// Errors: an import that is not there or of another type, a missing export; named.
  virtual ErrorOr<std::shared_ptr<ForeignProgram>> bind(
      const runtime::Program& program, const ProgramArguments& arguments) const = 0;
  /// What each memory of a program may have at most.
  virtual std::uint64_t max_memory_bytes() const noexcept = 0;
};

}  // namespace lind::rawposix
