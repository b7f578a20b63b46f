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
  std::vector<runtime::HostEntry> entries;  ///< of the functions
  runtime::ImportValues values;
};

/// Makes runtime instances.  Errors: kTrap (a segment), kHost.
Result<std::shared_ptr<runtime::Instance>> make_runtime_instance(const Module& module,
                                                                 const Linked& linked);

class PoolState;

/// One after the other it is several instances, if it comes from a pool: generations, which
/// everything that refers to one of them knows.
///
/// Ownership: handles, found functions and memories share it.  What the instance takes of the
///   machine it gives back, to its pool if it has one, when its handle closes it, or behind the
///   call that runs then.
/// Threading: interrupt, must_end, generation and the beginning of call() from any thread; the
///   rest by one thread at a time, which call() sees to.
class InstanceState final : public runtime::Supervisor,
                            public std::enable_shared_from_this<InstanceState> {
 public:
  static Result<std::shared_ptr<InstanceState>> create(const Module& module, const Imports& imports,
                                                       const Limits& limits);
  /// Finds what `module` imports.  Errors: kImport, kLimit, kState.
  static Result<Linked> link(const Module& module, const Imports& imports, const Limits& limits);

  /// A closed state without an instance.
  explicit InstanceState(std::shared_ptr<const Linked> linked) noexcept
      : linked_(std::move(linked)) {}
  /// Gets one.  Errors: kHost.
  Result<void> adopt(std::shared_ptr<runtime::Instance> instance);
  void set_pool(std::shared_ptr<PoolState> pool) noexcept { pool_ = std::move(pool); }
  /// Becomes what a clone of `image` is at first.  Requires: closed.  Errors: kHost.
  Result<void> reset_to(const runtime::Instance& image);
  /// The next generation begins.  Requires: closed, with an instance.
  /// Errors: those of the start function.
  Result<void> open();
  /// The handle is gone.
  void close() noexcept;
  /// Gives up the instance.  Requires: closed.
  void drop() noexcept;

  /// See call_function.
  Result<void> call(std::uint64_t generation, runtime::EntryPoint entry, std::uint64_t* words,
                    std::size_t num_params, std::size_t num_results);
  /// An exported one, to call.  Requires: not closed.  Errors: kExport (the object has no entry).
  Result<FoundFunction> found_function(std::uint32_t index);
  /// See Interrupter.
  bool interrupt(std::uint64_t generation) noexcept LIND_EXCLUDES(interrupt_mu_);

  /// Whether guest code is not to go on.
  bool must_end() const noexcept {
    return activity_.load() == Activity::kInterrupted || is_closed_.load();
  }
  std::uint64_t generation() const noexcept { return generation_; }
  /// Memory 0, if it is reachable from here and the instance is still that one.
  runtime::AddressSpace* memory_of(std::uint64_t generation) const noexcept;
  Memory owned_memory() { return {shared_from_this(), generation_}; }
  /// One that counts no reference.
  Memory borrowed_memory() noexcept {
    return {std::shared_ptr<InstanceState>(std::shared_ptr<void>(), this), generation_};
  }
  /// Requires: not closed, as for the next two.
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
  void host_function_failed(runtime::Thread& thread) override;
  void faulted(runtime::Thread& thread, const runtime::Fault& fault) override;
  bool take_signal(runtime::Thread& thread, runtime::SignalDelivery* out) override;
  void signal_returned(runtime::Thread& thread, std::uint64_t restore_mask) override;

  bool begin_call();
  void end_call() noexcept LIND_EXCLUDES(interrupt_mu_);
  void end_activation();
  Error why_ended();
  void release() noexcept;

  const std::shared_ptr<const Linked> linked_;
  std::shared_ptr<PoolState> pool_;  ///< null: none
  std::shared_ptr<runtime::Instance> instance_;
  std::unique_ptr<runtime::Thread> thread_;
  void* user_data_ = nullptr;

  std::atomic<std::uint64_t> generation_{0};
  std::atomic<Activity> activity_{Activity::kIdle};
  std::atomic<bool> is_closed_{true};
  std::atomic<bool> is_released_{true};  ///< so that it happens once
  /// The host thread that is inside, by the address of a variable of its own.
  std::atomic<const void*> runner_{nullptr};
  std::uint32_t depth_ = 0;  ///< calls of it, one inside the other
  std::optional<Error> ended_;
  Caller caller_{*this};
  HostCall host_call_{caller_, ended_};
  std::shared_ptr<InstanceState> kept_;  ///< this, when it is closed during a call

  /// Held while a call is interrupted, so that it does not end meanwhile.  A leaf.
  Mutex interrupt_mu_;
};

}  // namespace lind::embed::detail
