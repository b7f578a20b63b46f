/// \file
/// One instance of the microvisor: all processes of one `lind run`.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "host/thread_pool.h"
#include "rawposix/net/network_policy.h"
#include "runtime/program.h"
#include "threei/cage.h"

namespace lind::rawposix {

class AlarmClock;
class ForeignAbi;
class MountTable;
class OpenFile;
struct Network;
class ProcessTree;
class RecordLocks;
class TerminalTable;
struct Ipc;

/// Finds the compiled form of a guest program; implemented by the tool (cache, compile broker).
class ProgramProvider {
 public:
  virtual ~ProgramProvider() = default;
  /// `file` is open for reading at a wasm module or an ELF file; `name` is for messages.
  /// Errors: ENOEXEC if it is no module or an invalid one (the provider has told the user why),
  /// ENOMEM, EIO.  Threading: any thread, many at once.
  virtual Result<std::shared_ptr<const runtime::Program>> provide(int file,
                                                                  const std::string& name) = 0;
  /// Tells the user why a program that was provided cannot run.  Threading: as provide.
  virtual void refuse(const std::string& name, const Error& why) = 0;
};

/// What guests may use of the host; each process starts with them as its limits.
struct InstanceLimits {
  std::uint32_t max_tasks = 4096;                      ///< threads of all processes, and zombies
  std::uint32_t max_open_files = 1024;                 ///< of each process
  std::optional<std::uint64_t> max_memory_bytes = {};  ///< mapped by each process
  std::optional<std::uint64_t> max_cpu_seconds = {};   ///< used by each process
  /// Resident memory of all processes; beyond, the largest one is killed (MemoryGuard).
  std::optional<std::uint64_t> max_resident_bytes = {};
};

struct KernelOptions {
  std::shared_ptr<MountTable> mounts;
  ProgramProvider* programs = nullptr;  ///< outlives the kernel
  bool trace = false;                   ///< `--debug`
  InstanceLimits limits = {};
  NetworkPolicy network = {};               ///< nothing, unless granted
  const ForeignAbi* foreign_abi = nullptr;  ///< null: only Lind programs run; outlives the kernel
};

/// A descriptor that the first process starts with: a file, or a duplicate of one of the host's
/// standard descriptors, which is the terminal's where that is one.
struct InitDescriptor {
  std::shared_ptr<OpenFile> file = nullptr;
  int standard = -1;  ///< 0, 1 or 2, where `file` is null
};

/// What to run first.
struct InitProcess {
  std::string path;  ///< guest path of the program, already searched; needs no execute permission
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string cwd = "/";
  std::shared_ptr<OpenFile> file = nullptr;  ///< the program itself; `path` only names it then
  /// Its descriptors 3 and following.
  std::vector<std::shared_ptr<OpenFile>> files = {};
  /// All of its descriptors from 0, instead of the standard ones and `files`.
  std::optional<std::vector<InitDescriptor>> descriptors = {};
  /// Called when the program is loaded and about to run; may be empty.
  std::function<void()> on_start = {};
};

/// Process numbers live in [1, kMaxPid]; a number is given again only after kMaxPid others.
inline constexpr std::uint32_t kMaxPid = 32768;

/// How many processes there have been.
struct ProcessTotals {
  std::uint64_t started = 0;
  std::size_t most_at_once = 0;  ///< zombies count until they are reaped
};

/// Owner of the process table and of every process in it.
///
/// Plays init (pid 1): parent of the first process, which is pid 2, and of all orphans.
/// Threading: every method may run on any thread unless it says otherwise.
/// Lock order: ProcessTree::mu_, then Process::mu_, then FdTable::mu_, then leaves.
///   docs/locking.md draws it.
class Kernel {
 public:
  /// Errors: host threads cannot be started.
  static ErrorOr<std::unique_ptr<Kernel>> create(KernelOptions options);
  /// Requires: run has returned or was never called.
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// Runs `init` and returns its wait status when it has ended and every other process was killed
  /// and reaped.  Unless `init` says otherwise, its descriptors 0, 1 and 2 are duplicates of the
  /// host's (those that are open).  Call once.
  /// Errors: the program cannot be started: the errno of its exec.
  Result<std::int32_t> run(const InitProcess& init);

  /// Kills every process, so that run returns.  Threading: any, while run goes on.
  void stop();

  threei::Switchboard& switchboard() noexcept;
  ProcessTotals totals() const;

  // --- for the room's own files -------------------------------------------------------------
  ProcessTree& tree() noexcept;
  AlarmClock& alarms() noexcept;
  TerminalTable& terminals() noexcept;
  const std::shared_ptr<RecordLocks>& record_locks() noexcept;
  Ipc& ipc() noexcept;
  Network& network() noexcept;
  ProgramProvider& programs() noexcept;
  const ForeignAbi* foreign_abi() const noexcept;
  host::ThreadPool& host_threads() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
  explicit Kernel(std::unique_ptr<State> state);
};

}  // namespace lind::rawposix
