/// \file
/// What the runtime asks of the floor above: 3i and the microvisor, or a test runner.

#pragma once

#include <array>
#include <cstdint>

#include "base/ids.h"
#include "runtime/store.h"
#include "vmabi/traps.h"

namespace lind::runtime {

class Thread;

using SyscallArgs = std::array<std::uint64_t, 6>;

/// Why guest code stopped at an instruction of its own.
struct Fault {
  enum class Kind : std::uint8_t {
    kTrap,    ///< ud1: see `code`
    kMemory,  ///< SIGSEGV inside the reservation at guest address `address`
    kBus,     ///< SIGBUS inside the reservation (a file mapping behind its end)
    kStack,   ///< the native or shadow stack has no room; no handler can run on it
  };
  Kind kind = Kind::kTrap;
  /// What WebAssembly calls it, for every kind.
  vmabi::TrapCode code = vmabi::TrapCode::kNone;
  std::uint64_t address = 0;       ///< guest address, kMemory and kBus
  std::uint32_t image_offset = 0;  ///< of the instruction, for messages; 0 inside a builtin
};

/// A guest signal handler to run: calls lind_signal_entry(handler, signo, siginfo, ucontext).
struct SignalDelivery {
  std::uint32_t handler = 0;  ///< the guest's function pointer
  std::int32_t signo = 0;
  std::array<std::byte, 128> siginfo{};  ///< the guest's 32-bit siginfo_t, docs/guest-abi.md
  std::uint64_t restore_mask = 0;        ///< handed back to signal_returned
  std::uint32_t stack_top = 0;           ///< alternate shadow stack to switch to, 0: stay
  bool restart = false;                  ///< SA_RESTART: a call that ended with kRestart runs again
  /// The guest's stack_t {sp, flags, size} for uc_stack.
  std::array<std::uint32_t, 3> alternate_stack{};
};

/// Result of a system call that was interrupted before it did anything and that Linux restarts
/// under SA_RESTART: becomes -EINTR, or is made again.  Source: linux/errno.h, ERESTARTSYS.
inline constexpr std::int64_t kRestart = -512;
/// The same for a call that no handler restarts, whatever its flags.  Source: ERESTARTNOHAND.
inline constexpr std::int64_t kRestartNoHandler = -514;

/// A function of the host that a module imports: see Thread::set_host_functions.
struct HostEntry {
  /// Takes arguments from `slots` and leaves results there; false:
  /// Supervisor::host_function_failed. `user` is what set_host_functions was given.
  bool (*call)(void* context, void* user, std::uint64_t* slots) noexcept = nullptr;
  void* context = nullptr;
};

/// All methods run on the guest thread's own host stack with no runtime lock held; they may
/// block, call Thread::leave, and run other guests' wake-ups.
class Supervisor {
 public:
  virtual ~Supervisor() = default;

  /// The builtin `syscall`.
  virtual std::int64_t syscall(Thread& thread, std::int32_t number, const SyscallArgs& args) = 0;
  /// An imported function that is no builtin, by function index; arguments and results in
  /// thread.slots().  Returns kNone, or the trap to raise.
  virtual vmabi::TrapCode call_import(Thread& thread, std::uint32_t function_index) = 0;
  /// A HostEntry has answered false: the same as call_import that returned kNone.
  virtual void host_function_failed(Thread& /*thread*/) {}
  /// Calls a function of another instance of the store, which has an adapter; arguments and results
  /// in thread.slots(), where the callee's instance must see references as its own.
  /// Returns kNone, or the trap to raise.
  virtual vmabi::TrapCode call_foreign(Thread& /*thread*/, const FunctionHandle& /*callee*/) {
    return vmabi::TrapCode::k_bad_import;
  }
  /// Guest code faulted.  Either marks a synchronous signal pending for take_signal or calls
  /// thread.leave(); returning without either makes the instruction run again.
  virtual void faulted(Thread& thread, const Fault& fault) = 0;
  /// Asked before the thread goes back to guest code while thread.pending() is set, after an
  /// interrupted call, a fault, and each handler, until it returns false.  Performs default actions
  /// itself (thread.leave() for a fatal one, blocking for a stop).  Must clear the pending flag
  /// first and then look.
  virtual bool take_signal(Thread& thread, SignalDelivery* out) = 0;
  /// A handler has returned: put `restore_mask` back.
  virtual void signal_returned(Thread& thread, std::uint64_t restore_mask) = 0;
};

}  // namespace lind::runtime
