/// \file
/// What a Thread holds; for the trampolines' C++ side.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "runtime/exception_table_internal.h"
#include "runtime/instance_state_internal.h"
#include "runtime/jump_table_internal.h"
#include "runtime/native_stack_internal.h"
#include "runtime/raw_unsafe.h"
#include "runtime/stack_frames_internal.h"
#include "runtime/thread.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_gate.h"

namespace lind::runtime {

/// What the kick handler looks at: a thread and those whose calls it answers on one host thread.
struct KickTarget {
  std::atomic<std::uint64_t> pending{0};
  std::atomic<std::uint32_t> num_kicks{0};  ///< how often `pending` was set
  /// Those that answer its calls are to be dropped.  Changes by set_abandoned.
  std::atomic<bool> abandoned{false};
  KickTarget* outer = nullptr;
  /// How many are abandoned now, of all threads: hardly ever one, so that nobody has to look at
  /// every `outer` of a deep stack.
  static inline std::atomic<std::uint32_t> num_abandoned{0};

  KickTarget() = default;
  ~KickTarget() { set_abandoned(false); }
  KickTarget(const KickTarget&) = delete;
  KickTarget& operator=(const KickTarget&) = delete;

  /// Threading: any.
  void set_abandoned(bool wanted) noexcept {
    // Counted first, so that who finds nothing to look for misses nobody.
    if (wanted) ++num_abandoned;
    const bool was = abandoned.exchange(wanted);
    if (was) --num_abandoned;
  }
  /// Whether a thread whose call this one answers was abandoned.
  bool outer_abandoned() const noexcept {
    if (num_abandoned.load(std::memory_order_relaxed) == 0) return false;
    for (const KickTarget* target = outer; target != nullptr; target = target->outer) {
      if (target->abandoned.load(std::memory_order_relaxed)) return true;
    }
    return false;
  }
  /// Whether one of them is pending, and how often they were kicked in all.
  std::pair<bool, std::uint32_t> outer_kicks() const noexcept {
    bool any = false;
    std::uint32_t sum = 0;
    for (const KickTarget* target = outer; target != nullptr; target = target->outer) {
      any = any || target->pending.load() != 0;
      sum += target->num_kicks.load();
    }
    return {any, sum};
  }
  /// Whether the thread has something to do before guest code goes on.
  bool must_look() const noexcept {
    return pending.load(std::memory_order_relaxed) != 0 || outer_abandoned();
  }
};

/// What the thread block holds of the thread that runs, beside what is the guest's own.
struct Identity {
  std::uint64_t memory_base, text_start, text_end, stack_low, stack_high;
  std::uint64_t reservation_bytes;  ///< around memory_base
  AddressSpace* memory;             ///< the instance's
  std::uint32_t num_slots;          ///< words of ThreadBlock::slots that the program uses
  bool shares_globals;              ///< with other instances
};

struct Thread::State {
  State(Thread& owner, Supervisor& above, std::shared_ptr<Instance> home, NativeStack native)
      : thread(owner), supervisor(above), instance(std::move(home)), stack(std::move(native)) {
    identify();
  }
  /// A number for LentStacks.
  static std::uint64_t next_borrower() noexcept;
  /// Finds `identity`; again whenever the instance changes.
  void identify() noexcept;

  Thread& thread;
  Supervisor& supervisor;
  std::shared_ptr<Instance> instance;
  NativeStack stack;
  KickTarget kick;
  std::atomic<int> host_tid{0};  ///< 0 while not on a host thread
  std::atomic<std::uint32_t> wake_word{0};
  std::atomic<bool> is_asleep{false};  ///< in sleep(): a kick need not be a signal
  InFlightRanges in_flight;
  std::atomic<ThreadPlace> place{ThreadPlace::kRunning};  ///< stored by itself, read at the gate

  // The thread's own from here.
  StackUse stack_use = StackUse::kOwn;
  std::uint64_t borrower = 0;  ///< kBorrowed
  std::span<const HostEntry> host_functions;
  void* host_functions_user = nullptr;
  std::uint32_t seen_outer_kicks = 0;  ///< those that have ended a blocking_wait
  Identity identity{};
  std::unique_ptr<Attachment> attachment;
  std::optional<GuestAddr> call_room;  ///< of the instance's memory
  bool leaving = false;
  /// Address of the InterruptFrame of code that a fault or a kick has stopped, while that is looked
  /// at; else 0.
  std::uint64_t interrupt_frame = 0;
  std::uint32_t depth = 0;  ///< nested stays in guest code
  std::uint64_t base = 0;   ///< where the current stay's stack begins
  // While another thread runs inside our call:
  std::uint64_t suspended_rsp = 0;                 ///< guest_rsp
  std::span<const std::uint64_t> suspended_slots;  ///< in the other one's Stay
  std::vector<std::uint64_t> globals;              ///< while outside guest code, or suspended in it
  std::vector<std::uint64_t> first_globals;        ///< those that an answer begins with
  std::vector<std::uint64_t> results;
  JumpTable jumps;
  ExceptionTable exceptions;
  std::optional<Exception> thrown;            ///< see Thread::take_thrown
  std::uint32_t calls_on_frozen = 0;          ///< system calls made while the memory was frozen
  std::optional<std::int64_t> frozen_faults;  ///< page faults when that was first looked at

  Instance::State& instance_state() const noexcept { return instance->state(); }
  const Program& program() const noexcept { return instance->program(); }
  std::uint64_t depth_of(std::uint64_t address) const noexcept { return stack.high() - address; }
  std::uint64_t at_depth(std::uint64_t below_top) const noexcept {
    return stack.high() - below_top;
  }
  bool is_current() const noexcept;
  /// Thread::blocking_wait: whether it ends before it begins.
  bool must_end_wait() noexcept;
  void give_call_room();
  /// The live copy of the module's globals.
  std::span<std::uint64_t> live_globals() noexcept;
  /// __stack_pointer, if the module exports it.
  std::uint64_t* stack_pointer() noexcept;
};

/// The state behind the thread block of this host thread.  Requires: a guest thread runs here.
inline Thread::State& current_state() noexcept {
  LIND_CHECK(lind_thread_block.thread != 0);
  return object_at<Thread>(lind_thread_block.thread)->state();
}

/// One stay in guest code: makes the host thread's block the thread's own, and puts the previous
/// owner's state back.  Neither sees what the other left in slots and globals.
class Stay {
 public:
  /// Whether the thread's globals are kept for its next stay, or begin there as they did here.
  enum class Globals : std::uint8_t { kKept, kForgotten };
  Stay(Thread::State& state, Globals globals);
  ~Stay();
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;

 private:
  void begin_outermost() noexcept;
  void suspend_outer();
  void resume_outer() noexcept;
  void enter() noexcept;

  static constexpr std::size_t kFewSlots = 16;
  static constexpr std::size_t kNumHeld = 4;  ///< Scratch::kEntry to kResultXmm0High
  Thread::State& state_;
  Thread::State* const outer_;
  const Globals globals_;
  std::uint64_t outer_base_;
  std::uint64_t host_rsp_ = 0;
  std::array<std::uint64_t, kNumHeld> held_;  // set if there is an outer thread
  std::array<std::uint64_t, kFewSlots>
      few_slots_;                          // as held_; outer_->suspended_slots has the size
  std::vector<std::uint64_t> many_slots_;  // few programs have signatures that need them
};

/// Why a builtin did not return a value.
struct Outcome {
  enum class Kind : std::uint8_t {
    kValue,
    kFault,           ///< the guest's fault; the call is made again if it survives that
    kUncaught,        ///< the same, for an exception that nobody catches; it is in State::thrown
    kInterrupted,     ///< a signal is pending; the call is made again
    kAgain,           ///< as above, or EINTR if a handler without SA_RESTART runs
    kAgainNoHandler,  ///< as above, or EINTR if any handler runs
  };
  Kind kind = Kind::kValue;
  std::uint64_t value = 0;
  Fault fault{};

  static Outcome of(std::uint64_t result) { return {Kind::kValue, result, {}}; }
  static Outcome interrupted(Kind kind) { return {kind, 0, {}}; }
  static Outcome trap(vmabi::TrapCode code) { return {Kind::kFault, 0, {.code = code}}; }
};

using BuiltinArguments = std::array<std::uint64_t, 7>;

/// The system call of the guest that is running, whose number is the low half of `number`.
inline std::int64_t make_syscall(Thread::State& state, std::uint64_t number,
                                 const SyscallArgs& args) {
  if (state.identity.memory->is_frozen()) state.thread.consider_unsharing();
  const auto low_half = static_cast<std::uint32_t>(number);
  return state.supervisor.syscall(state.thread, static_cast<std::int32_t>(low_half), args);
}

/// Throws `state.thrown` in the caller of the builtin that is running.
Outcome throw_in_caller(Thread::State& state);

/// The bodies of builtins.def.  On the host stack; none throws.
struct Builtins {
  /// What a function that is not the module's own comes to, by the trap that it raises.
  static Outcome after_call(Thread::State& state, vmabi::TrapCode code);
#define LIND_BUILTIN(name, signature) \
  static Outcome run_##name(Thread::State& state, BuiltinArguments& arguments);
#include "vmabi/builtins.def"
#undef LIND_BUILTIN
};

}  // namespace lind::runtime
