/// \file
/// What the modules of one script run on: calls between them, and the end of a call by a trap.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "loaded.h"
#include "runtime/supervisor.h"
#include "runtime/thread.h"
#include "value.h"
#include "vmabi/traps.h"

namespace lind::spec {

/// How a call ended.
struct Outcome {
  std::optional<vmabi::TrapCode> trap;
  std::vector<Words> results;  ///< one for each result, if there was no trap
};

/// Threading: everything happens on the thread that runs the script.
class ScriptHost final : public runtime::Supervisor {
 public:
  /// Calls of `loaded`'s imports are answered from now on.  Ownership: `loaded` must outlive us.
  void add(Loaded& loaded);

  /// Requires: `loaded` was added; the function is exported or the start function.
  Outcome invoke(Loaded& loaded, FuncIndex function, std::span<const Words> arguments);

  std::int64_t syscall(runtime::Thread& thread, std::int32_t number,
                       const runtime::SyscallArgs& args) override;
  vmabi::TrapCode call_import(runtime::Thread& thread, std::uint32_t import_index) override;
  void faulted(runtime::Thread& thread, const runtime::Fault& fault) override;
  bool take_signal(runtime::Thread& thread, runtime::SignalDelivery* out) override;
  void signal_returned(runtime::Thread& thread, std::uint64_t restore_mask) override;

 private:
  std::unordered_map<const runtime::Thread*, Loaded*> by_thread_;
  vmabi::TrapCode last_trap_ = vmabi::TrapCode::kNone;
};

}  // namespace lind::spec
