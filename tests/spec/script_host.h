/// \file
/// What the modules of one script run on: calls between them, and the end of a call by a trap.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "loaded.h"
#include "runtime/store.h"
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
  /// Answers calls of `loaded`'s imports from now on, and keeps it.
  void add(std::shared_ptr<Loaded> loaded);

  /// Requires: `loaded` was added and has an instance; the function has an adapter.
  Outcome invoke(Loaded& loaded, FuncIndex function, std::span<const Words> arguments);
  /// The value of a global as its module sees it now.  Requires: as above.
  Words global(Loaded& loaded, std::uint32_t index);

  std::int64_t syscall(runtime::Thread& thread, std::int32_t number,
                       const runtime::SyscallArgs& args) override;
  vmabi::TrapCode call_import(runtime::Thread& thread, std::uint32_t import_index) override;
  vmabi::TrapCode call_foreign(runtime::Thread& thread,
                               const runtime::FunctionHandle& callee) override;
  void faulted(runtime::Thread& thread, const runtime::Fault& fault) override;
  bool take_signal(runtime::Thread& thread, runtime::SignalDelivery* out) override;
  void signal_returned(runtime::Thread& thread, std::uint64_t restore_mask) override;

  runtime::Store& store() noexcept { return store_; }

 private:
  Loaded& loaded_of(const runtime::Instance& instance) const;
  runtime::Thread& thread_of(Loaded& loaded);
  /// Calls a function with what is in the slots of `thread`, and puts its results there.
  vmabi::TrapCode forward(runtime::Thread& thread, std::shared_ptr<runtime::Instance> target,
                          FuncIndex function);

  runtime::Store store_;  // its instances outlive the threads of `all_`
  std::vector<std::shared_ptr<Loaded>> all_;
  std::unordered_map<const runtime::Program*, Loaded*> by_program_;
  vmabi::TrapCode last_trap_ = vmabi::TrapCode::kNone;
};

}  // namespace lind::spec
