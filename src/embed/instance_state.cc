#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "instance_state_internal.h"
#include "module_internal.h"
#include "pool_internal.h"
#include "vmabi/traps.h"

namespace lind::embed::detail {
namespace {

constexpr std::size_t kMaxBacktrace = 64;

// Its address is a name for the host thread.
const void* this_thread() noexcept {
  static thread_local const char mark = 0;
  return &mark;
}

Error import_error(const object::Object& object, const vmabi::ImportRecord& record,
                   std::string_view what) {
  return Error(ErrorKind::kImport, fmt::format("import {}.{}: {}", object.text(record.module),
                                               object.text(record.name), what));
}

Error trap_error(vmabi::TrapCode code) {
  Error error(ErrorKind::kTrap, std::string(vmabi::trap_message(code)));
  error.set_trap(static_cast<TrapCode>(code));
  return error;
}

Result<void> check_limits(const object::Object& object, const Limits& limits) {
  for (const vmabi::MemoryRecord& memory : object.memories()) {
    if (memory.initial <= limits.max_memory_bytes / kPageBytes) continue;
    return Error(ErrorKind::kLimit,
                 fmt::format("a memory of {} pages, the limit is {}", memory.initial,
                             limits.max_memory_bytes / kPageBytes));
  }
  for (const vmabi::TableRecord& table : object.tables()) {
    if (table.initial <= limits.max_table_entries) continue;
    return Error(ErrorKind::kLimit, fmt::format("a table of {} entries, the limit is {}",
                                                table.initial, limits.max_table_entries));
  }
  return {};
}

Result<runtime::ImportedGlobal> imported_global(const object::Object& object,
                                                const vmabi::ImportRecord& record,
                                                const Value* value) {
  const vmabi::GlobalRecord& global = object.globals()[record.index];
  if (global.is_mutable != 0) {
    return import_error(object, record, "a mutable global cannot be imported");
  }
  if (value == nullptr) return import_error(object, record, "no global of that name is given");
  const auto wanted = static_cast<ValueType>(global.value);
  if (value->type() != wanted) {
    return import_error(object, record,
                        fmt::format("a global of type {}, the module wants {}",
                                    to_string(value->type()), to_string(wanted)));
  }
  return runtime::ImportedGlobal{.low = value->words()[0], .high = value->words()[1]};
}

template <typename Map>
const typename Map::mapped_type* find_in(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Result<Linked> InstanceState::link(const Module& module, const Imports& imports,
                                   const Limits& limits) {
  if (module.is_posix_program()) {
    return Error(ErrorKind::kState, "a program of Lind's system calls is no library");
  }
  const object::Object& object = ModuleAccess::program(module)->object();
  const Result<void> within = check_limits(object, limits);
  if (!within.ok()) return within.error();
  Linked linked;
  linked.values.max_memory_pages = limits.max_memory_bytes / kPageBytes;
  linked.values.max_table_entries = limits.max_table_entries;
  for (const vmabi::ImportRecord& record : object.imports()) {
    const Imports::Key key{object.text(record.module), object.text(record.name)};
    switch (static_cast<vmabi::ExternKind>(record.kind)) {
      case vmabi::ExternKind::kFunction: {
        const HostFunction* const function = find_in(imports.functions_, key);
        if (function == nullptr) {
          return import_error(object, record, "no function of that name is given");
        }
        const FunctionType wanted = type_of_function(object, record.index);
        if (function->type != wanted) {
          return import_error(object, record,
                              fmt::format("a function of type {}, the module wants {}",
                                          to_string(function->type), to_string(wanted)));
        }
        linked.functions.push_back(*function);
        linked.entries.push_back({function->call, function->context.get()});
        break;
      }
      case vmabi::ExternKind::kGlobal: {
        Result<runtime::ImportedGlobal> global =
            imported_global(object, record, find_in(imports.globals_, key));
        if (!global.ok()) return global.error();
        linked.values.globals.push_back(std::move(global).value());
        break;
      }
      case vmabi::ExternKind::kMemory:
      case vmabi::ExternKind::kTable: {
        const bool is_memory =
            record.kind == static_cast<std::uint32_t>(vmabi::ExternKind::kMemory);
        const bool* const own = find_in(imports.own_, key);
        if (own == nullptr || *own != is_memory) {
          return import_error(
              object, record,
              is_memory ? "no memory of that name is given" : "no table of that name is given");
        }
        break;
      }
      case vmabi::ExternKind::kTag:
        return import_error(object, record, "a tag cannot be imported");
    }
  }
  return linked;
}

Result<std::shared_ptr<InstanceState>> InstanceState::create(const Module& module,
                                                             const Imports& imports,
                                                             const Limits& limits) {
  Result<Linked> linked = link(module, imports, limits);
  if (!linked.ok()) return linked.error();
  auto state =
      std::make_shared<InstanceState>(std::make_shared<const Linked>(std::move(linked).value()));
  Result<std::shared_ptr<runtime::Instance>> instance =
      make_runtime_instance(module, *state->linked_);
  if (!instance.ok()) return instance.error();
  const Result<void> adopted = state->adopt(std::move(instance).value());
  if (!adopted.ok()) return adopted.error();
  const Result<void> opened = state->open();
  if (!opened.ok()) return opened.error();
  return state;
}

Result<std::shared_ptr<runtime::Instance>> make_runtime_instance(const Module& module,
                                                                 const Linked& linked) {
  ErrorOr<std::shared_ptr<runtime::Instance>> instance =
      runtime::Instance::create(ModuleAccess::program(module), linked.values);
  if (instance.ok()) return std::move(instance).value();
  const std::string& message = instance.error().message();
  for (const auto code :
       {vmabi::TrapCode::k_out_of_bounds_memory, vmabi::TrapCode::k_out_of_bounds_table}) {
    if (message == vmabi::trap_message(code)) return trap_error(code);
  }
  return Error(ErrorKind::kHost, message);
}

// --- life ---------------------------------------------------------------------------------------

Result<void> InstanceState::adopt(std::shared_ptr<runtime::Instance> instance) {
  lind::Result<std::unique_ptr<runtime::Thread>> thread =
      runtime::Thread::create(*this, instance, runtime::Thread::StackUse::kBorrowed);
  if (!thread.ok()) return Error(ErrorKind::kHost, "no memory for a thread");
  instance_ = std::move(instance);
  thread_ = std::move(thread).value();
  thread_->set_host_functions(linked_->entries, &host_call_);
  return {};
}

Result<void> InstanceState::reset_to(const runtime::Instance& image) {
  const lind::Result<void> reset = instance_->reset_to(image);
  if (!reset.ok()) return Error(ErrorKind::kHost, "no memory to reset an instance");
  thread_->reset();
  user_data_ = nullptr;
  return {};
}

Result<void> InstanceState::open() {
  const std::uint64_t generation = ++generation_;
  is_released_ = false;
  is_closed_ = false;
  const std::uint32_t start = object().header().start_function;
  if (start == vmabi::kNoIndex) return {};
  return call(generation, thread_->entry_of(FuncIndex{start}), nullptr, 0, 0);
}

void InstanceState::close() noexcept {
  is_closed_ = true;
  if (runner_.load(std::memory_order_relaxed) == this_thread()) {
    kept_ = shared_from_this();
    thread_->leave();
    return;
  }
  // Idle, unless somebody breaks the rules; who does has the call ended.
  if (activity_ == Activity::kIdle) {
    release();
  } else {
    (void)interrupt(generation_);
  }
}

void InstanceState::release() noexcept {
  if (is_released_.exchange(true)) return;
  ended_.reset();
  if (pool_ == nullptr) return drop();
  // Somebody else may have it at once: nothing of it is touched any more.
  pool_->take_back(shared_from_this());
}

void InstanceState::drop() noexcept {
  thread_.reset();
  instance_.reset();
  pool_.reset();
}

runtime::AddressSpace* InstanceState::memory_of(std::uint64_t generation) const noexcept {
  const bool has_one = generation == generation_ && !is_closed_ && !object().memories().empty() &&
                       instance_->wasm_memory(0) == nullptr;
  return has_one ? &instance_->memory() : nullptr;
}

// --- calls --------------------------------------------------------------------------------------

Result<FoundFunction> InstanceState::found_function(std::uint32_t index) {
  if (object().functions()[index].entry_offset == vmabi::kNoIndex) {
    return Error(ErrorKind::kExport, "the object has no entry for the function");
  }
  return FoundFunction{.state = shared_from_this(),
                       .generation = generation_,
                       .entry = thread_->entry_of(FuncIndex{index}).address};
}

// False: another thread is inside.
bool InstanceState::begin_call() {
  if (runner_.load(std::memory_order_relaxed) != this_thread()) {
    Activity expected = Activity::kIdle;
    if (!activity_.compare_exchange_strong(expected, Activity::kRunning)) return false;
    runner_.store(this_thread(), std::memory_order_relaxed);
  }
  ++depth_;
  return true;
}

void InstanceState::end_call() noexcept {
  if (--depth_ != 0) return;
  runner_.store(nullptr, std::memory_order_relaxed);
  Activity expected = Activity::kRunning;
  if (!activity_.compare_exchange_strong(expected, Activity::kIdle)) {
    // interrupt() speaks to the thread until it lets go of the lock.
    const MutexLock lock(interrupt_mu_);
    thread_->take_back_abandon();
    thread_->clear_pending();
    activity_ = Activity::kIdle;
  }
  if (is_closed_) release();
}

Result<void> InstanceState::call(std::uint64_t generation, runtime::EntryPoint entry,
                                 std::uint64_t* words, std::size_t num_params,
                                 std::size_t num_results) {
  if (generation != generation_ || is_closed_) {
    return Error(ErrorKind::kState, "the instance was destroyed");
  }
  if (!begin_call()) return Error(ErrorKind::kState, "another thread is inside the instance");
  std::optional<Error> error;
  if (must_end()) {
    error = why_ended();
  } else if (const auto left = thread_->call(entry, {words, num_params}, {words, num_results});
             !left.ok()) {
    error = Error(ErrorKind::kHost, "no memory for a stack");
  } else if (left.value() == runtime::Left::kAsked) {
    error = why_ended();
    // What ends this call ends those around it only if it is meant for them too.
    (void)thread_->take_thrown();
    if (depth_ > 1 && must_end()) thread_->leave();
  }
  const std::shared_ptr<InstanceState> kept = depth_ == 1 ? std::move(kept_) : nullptr;
  end_call();
  if (error) return *std::move(error);
  return {};
}

Error InstanceState::why_ended() {
  if (is_closed_) return Error(ErrorKind::kState, "the instance was destroyed");
  std::optional<Error> error = std::exchange(ended_, std::nullopt);
  if (error && activity_ != Activity::kInterrupted) return *std::move(error);
  // Of this instance, or of one that has called it.
  return Error(ErrorKind::kInterrupted, "the call was interrupted");
}

bool InstanceState::interrupt(std::uint64_t generation) noexcept {
  const MutexLock lock(interrupt_mu_);
  if (generation != generation_) return false;
  Activity expected = Activity::kRunning;
  if (!activity_.compare_exchange_strong(expected, Activity::kInterrupted)) {
    return expected == Activity::kInterrupted;
  }
  thread_->abandon();
  return true;
}

// --- what the guest asks ------------------------------------------------------------------------

// `ended_` says why.
void InstanceState::end_activation() {
  ended_->set_backtrace(thread_->backtrace(kMaxBacktrace));
  thread_->leave();
}

// Only code that no compiler of ours makes comes here.
std::int64_t InstanceState::syscall(runtime::Thread& /*thread*/, std::int32_t /*number*/,
                                    const runtime::SyscallArgs& /*args*/) {
  return -ENOSYS;
}

// Every function that the module imports has a HostEntry; this index is none.
vmabi::TrapCode InstanceState::call_import(runtime::Thread& /*thread*/, std::uint32_t /*index*/) {
  return vmabi::TrapCode::k_bad_import;
}

void InstanceState::host_function_failed(runtime::Thread& /*thread*/) {
  end_activation();
}

void InstanceState::faulted(runtime::Thread& /*thread*/, const runtime::Fault& fault) {
  ended_ = trap_error(fault.code);
  end_activation();
}

bool InstanceState::take_signal(runtime::Thread& thread, runtime::SignalDelivery* /*out*/) {
  thread.clear_pending();
  if (must_end()) thread.leave();
  return false;
}

void InstanceState::signal_returned(runtime::Thread& /*thread*/, std::uint64_t /*restore_mask*/) {}

}  // namespace lind::embed::detail
