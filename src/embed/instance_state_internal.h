/// \file
/// What stands behind an Instance: the guest thread that runs its calls, and what answers it.

#pragma once

#include <atomic>
#include <cstdint>
#include <lind/instance.h>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "runtime/instance.h"
#include "runtime/supervisor.h"
#include "runtime/thread.h"

namespace lind::embed::detail {

/// Values of `types` that lie in words, one behind the other; and back.
std::vector<Value> values_of(std::span<const ValueType> types, const std::uint64_t* words);
void store_values(std::span<const Value> values, std::uint64_t* words) noexcept;

/// The functions that a module imports, by index, and the rest as the runtime wants it.
struct Linked {
  std::vector<HostFunction> functions;
  runtime::ImportValues values;
};

/// Ownership: handles, found functions and memories share it.  What the instance takes of the
///   machine it gives back when its handle closes it, or behind the call that runs then.
/// Threading: interrupt and must_end from any thread; the rest by one thread at a time, which
///   call() sees to.
class InstanceState final : public runtime::Supervisor,
                            public std::enable_shared_from_this<InstanceState> {
 public:
  static Result<std::shared_ptr<InstanceState>> create(const Module& module, const Imports& imports,
                                                       const Limits& limits);
  /// Finds what `module` imports.  Errors: kImport, kLimit, kState.
  static Result<Linked> link(const Module& module, const Imports& imports, const Limits& limits);
  explicit InstanceState(Linked linked) : linked_(std::move(linked)) {}

  /// See call_function.
  Result<void> call(FuncIndex function, std::uint64_t* words, std::size_t num_params,
                    std::size_t num_results);
  /// See Interrupter.
  bool interrupt() noexcept LIND_EXCLUDES(interrupt_mu_);
  /// The handle is gone.
  void close() noexcept;

  /// Whether guest code is not to go on.
  bool must_end() const noexcept {
    return activity_.load() == Activity::kInterrupted || is_closed_.load();
  }
  /// Memory 0, if it is reachable from here.
  runtime::AddressSpace* memory() const noexcept;
  Memory owned_memory() { return Memory(shared_from_this()); }
  /// One that counts no reference.
  Memory borrowed_memory() noexcept {
    return Memory(std::shared_ptr<InstanceState>(std::shared_ptr<void>(), this));
  }
  /// Requires: not closed.
  const object::Object& object() const noexcept { return instance_->program().object(); }
  runtime::Instance& instance() const noexcept { return *instance_; }
  runtime::Thread& thread() const noexcept { return *thread_; }
  bool is_closed() const noexcept { return is_closed_; }
  void* user_data() const noexcept { return user_data_; }
  void set_user_data(void* data) noexcept { user_data_ = data; }

 private:
  enum class Activity : std::uint8_t { kIdle, kRunning, kInterrupted };

  std::int64_t syscall(runtime::Thread& thread, std::int32_t number,
                       const runtime::SyscallArgs& args) override;
  vmabi::TrapCode call_import(runtime::Thread& thread, std::uint32_t index) override;
  void faulted(runtime::Thread& thread, const runtime::Fault& fault) override;
  bool take_signal(runtime::Thread& thread, runtime::SignalDelivery* out) override;
  void signal_returned(runtime::Thread& thread, std::uint64_t restore_mask) override;

  Result<void> begin_call();
  void end_call() noexcept LIND_EXCLUDES(interrupt_mu_);
  void end_with(Error error);
  Error why_ended();
  void release() noexcept;

  const Linked linked_;
  std::shared_ptr<runtime::Instance> instance_;
  std::unique_ptr<runtime::Thread> thread_;
  void* user_data_ = nullptr;

  std::atomic<Activity> activity_{Activity::kIdle};
  std::atomic<bool> is_closed_{false};
  /// The host thread that is inside, by the address of a variable of its own.
  std::atomic<const void*> runner_{nullptr};
  std::uint32_t depth_ = 0;  ///< calls of it, one inside the other
  std::optional<Error> ended_;
  std::shared_ptr<InstanceState> kept_;  ///< this, when it is closed during a call

  /// Held while a call is interrupted, so that it does not end meanwhile.  A leaf.
  Mutex interrupt_mu_;
};

}  // namespace lind::embed::detail
