// The C++ side of trampolines.S: what happens between a guest's call into the host and its way
// back.  Runs at the bottom of the host stack; whatever must survive a guest signal handler lies
// in a DeliveryFrame on the guest's native stack.

#include <signal.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/units.h"
#include "runtime/raw_unsafe.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_state_internal.h"
#include "runtime/trampolines_internal.h"

namespace lind::runtime {
namespace {

using State = Thread::State;
using vmabi::TrapCode;

// docs/guest-abi.md, section 5.
constexpr std::uint64_t kGuestRedZone = 128;
constexpr std::uint64_t kUcontextBytes = 216;
constexpr std::uint64_t kUcontextStack = 8;
constexpr std::uint64_t kUcontextSp = 32;
constexpr std::uint64_t kUcontextMask = 88;
constexpr std::uint64_t kStackAlignment = 16;

// What a handler's first frames need at least.
constexpr std::uint64_t kMinHandlerBytes = 16 * kKiB;

constexpr Exit kLeaveExit{0, LIND_NEXT_LEAVE};
constexpr auto kInterruptedResult =
    static_cast<std::uint64_t>(-static_cast<std::int64_t>(uapi::Errno::kEINTR));

vmabi::ThreadBlock& block() noexcept {
  return lind_thread_block;
}

// A fault after which no handler can run.
Exit fatal_stack_fault(State& state, std::uint32_t image_offset = 0) {
  state.supervisor.faulted(state.thread, {.kind = Fault::Kind::kStack,
                                          .code = vmabi::TrapCode::k_stack_exhausted,
                                          .image_offset = image_offset});
  state.thread.leave();
  return kLeaveExit;
}

// Puts siginfo and ucontext on the guest's shadow stack and the entry's arguments into the slots.
// False if the shadow stack cannot be written.
bool write_handler_arguments(State& state, const SignalDelivery& delivery, DeliveryFrame& frame) {
  std::uint64_t* const stack_pointer = state.stack_pointer();
  if (stack_pointer == nullptr) return false;
  frame.stack_pointer = *stack_pointer;
  const std::uint64_t interrupted = static_cast<std::uint32_t>(*stack_pointer);
  const std::uint64_t top = delivery.stack_top != 0 ? delivery.stack_top : interrupted;
  constexpr std::uint64_t kNeeded =
      kGuestRedZone + kUcontextBytes + sizeof(delivery.siginfo) + 2 * kStackAlignment;
  if (top < kNeeded) return false;
  const std::uint64_t ucontext = align_down(top - kGuestRedZone - kUcontextBytes, kStackAlignment);
  const std::uint64_t siginfo = align_down(ucontext - delivery.siginfo.size(), kStackAlignment);

  std::array<std::byte, kUcontextBytes> context{};
  std::memcpy(&context[kUcontextStack], delivery.alternate_stack.data(),
              sizeof(delivery.alternate_stack));
  std::memcpy(&context[kUcontextSp], &interrupted, sizeof(interrupted));
  std::memcpy(&context[kUcontextMask], &delivery.restore_mask, sizeof(delivery.restore_mask));
  AddressSpace& memory = state.instance->memory();
  if (!memory.copy_out(GuestAddr{ucontext}, context).ok()) return false;
  if (!memory.copy_out(GuestAddr{siginfo}, delivery.siginfo).ok()) return false;

  frame.ucontext = ucontext;
  frame.restore_mask = delivery.restore_mask;
  *stack_pointer = siginfo;
  block().slots[0] = delivery.handler;
  block().slots[1] = static_cast<std::uint32_t>(delivery.signo);
  block().slots[2] = siginfo;
  block().slots[3] = ucontext;
  return true;
}

// Pushes a DeliveryFrame over whatever guest_rsp points to.  Null if the native stack has no room.
DeliveryFrame* push_frame(State& state, Exit interrupted, const Retry* retry) {
  const std::uint64_t num_slots = std::max<std::uint64_t>(state.program().num_slot_words(), 4);
  const std::uint64_t num_bytes = sizeof(DeliveryFrame) + num_slots * sizeof(std::uint64_t);
  const std::uint64_t below = block().guest_rsp;
  if (below < state.stack.low() + num_bytes + kMinHandlerBytes) return nullptr;
  const std::uint64_t start = align_down(below - num_bytes, alignof(DeliveryFrame));

  auto& frame = *object_at<DeliveryFrame>(start);  // on our own stack, above low()
  frame = {.next = interrupted.next,
           .value = interrupted.value,
           .rdx = scratch(Scratch::kResultRdx),
           .xmm0 = {scratch(Scratch::kResultXmm0), scratch(Scratch::kResultXmm0High)},
           .entry = scratch(Scratch::kEntry),
           .up = below - start,
           .stack_pointer = 0,
           .ucontext = 0,
           .restore_mask = 0,
           .num_slots = num_slots,
           .retry = retry != nullptr ? *retry : Retry{kNoRetry, {}}};
  std::copy_n(block().slots, num_slots, object_at<std::uint64_t>(start + sizeof(DeliveryFrame)));
  return &frame;
}

// LIND_NEXT_HANDLER calls `entry` over `frame`.
void prepare_entry(State& state, FuncIndex entry, const DeliveryFrame& frame) {
  const vmabi::FunctionRecord& record = state.program().object().functions()[to_u32(entry)];
  scratch(Scratch::kEntry) = state.program().text_start() + record.entry_offset;
  block().guest_rsp = address_of(&frame);
}

// False if a stack has no room.
bool push_handler(State& state, FuncIndex entry, const SignalDelivery& delivery, Exit interrupted,
                  const Retry* retry) {
  DeliveryFrame* const frame = push_frame(state, interrupted, retry);
  if (frame == nullptr || !write_handler_arguments(state, delivery, *frame)) return false;
  prepare_entry(state, entry, *frame);
  return true;
}

// Tells the program of an exception that nobody catches, on the stack of the throw; if it comes
// back the throw is made again.  False if the program does not want to know.
bool push_uncaught(State& state, const Retry& retry) {
  const std::optional<FuncIndex> entry = state.instance_state().uncaught_entry;
  std::uint64_t* const stack_pointer = state.stack_pointer();
  if (!entry || stack_pointer == nullptr || *stack_pointer < kGuestRedZone) return false;
  const std::optional<Exception> thrown = std::exchange(state.thrown, std::nullopt);
  if (!thrown || thrown->payload.size() != 1) return false;
  DeliveryFrame* const frame = push_frame(state, {0, LIND_NEXT_CALL}, &retry);
  if (frame == nullptr) return false;
  frame->stack_pointer = *stack_pointer;
  *stack_pointer = align_down(*stack_pointer - kGuestRedZone, kStackAlignment);
  block().slots[0] = thrown->payload.front();
  prepare_entry(state, *entry, *frame);
  return true;
}

// When an interrupted builtin is called again behind a handler.
enum class Again : std::uint8_t { kAlways, kIfHandlerWants };

// Asks for signals until there is none, and says how to go on: as `planned`, or with the handlers
// stacked on top of it, the last one first.  `retry` (may be null) replaces `planned` then.
Exit take_signals(State& state, Exit planned, const Retry* retry, Again again) {
  Exit exit = planned;
  for (;;) {
    SignalDelivery delivery;
    if (state.kick.outer_abandoned()) state.leaving = true;
    if (state.leaving) return kLeaveExit;
    const bool any = state.supervisor.take_signal(state.thread, &delivery);
    // After the flag was cleared: a kick of the thread that closes the gate is not forgotten.
    state.instance->memory().threads().pass(state.thread);
    if (state.leaving) return kLeaveExit;
    if (!any) return exit;
    const std::optional<FuncIndex> entry = state.instance_state().signal_entry;
    if (!entry.has_value()) {
      log::error("a signal handler is to run, but the program does not export lind_signal_entry");
      return fatal_stack_fault(state);
    }
    const bool call_again = again == Again::kAlways || delivery.restart;
    if (!push_handler(state, *entry, delivery, exit, call_again ? retry : nullptr)) {
      return fatal_stack_fault(state);
    }
    exit = {0, LIND_NEXT_HANDLER};
    retry = nullptr;  // the first handler decides, as on Linux
  }
}

// What a builtin wants behind an outcome that is no value; its call is made again unless the
// answer says otherwise.
Exit after_interruption(State& state, const Outcome& outcome, const Retry& retry) {
  switch (outcome.kind) {
    case Outcome::Kind::kUncaught:
      if (push_uncaught(state, retry)) return {0, LIND_NEXT_HANDLER};
      [[fallthrough]];
    case Outcome::Kind::kFault:
      state.supervisor.faulted(state.thread, outcome.fault);
      return take_signals(state, {0, LIND_NEXT_CALL}, &retry, Again::kAlways);
    case Outcome::Kind::kAgain:
      return take_signals(state, {kInterruptedResult, LIND_NEXT_CALL}, &retry,
                          Again::kIfHandlerWants);
    case Outcome::Kind::kAgainNoHandler:
      return take_signals(state, {kInterruptedResult, LIND_NEXT_CALL}, nullptr, Again::kAlways);
    case Outcome::Kind::kInterrupted:
    case Outcome::Kind::kValue:
      break;
  }
  return take_signals(state, {0, LIND_NEXT_CALL}, &retry, Again::kAlways);
}

using Body = Outcome (*)(State&, BuiltinArguments&);

constexpr std::array<Body, vmabi::kNumBuiltins> kBodies{
#define LIND_BUILTIN(name, signature) &Builtins::run_##name,
#include "vmabi/builtins.def"
#undef LIND_BUILTIN
};

// The way on behind an outcome; nothing: the call is to be made again.
std::optional<Exit> settle(State& state, vmabi::Builtin builtin, const BuiltinArguments& arguments,
                           const Outcome& outcome) {
  if (state.leaving) return kLeaveExit;
  if (outcome.kind == Outcome::Kind::kValue) return Exit{outcome.value, LIND_NEXT_CALL};
  const Retry retry{static_cast<std::uint64_t>(builtin), arguments};
  const Exit exit = after_interruption(state, outcome, retry);
  if (exit.next != LIND_NEXT_CALL) return exit;
  return std::nullopt;
}

Exit run_builtin(State& state, vmabi::Builtin builtin, BuiltinArguments arguments) {
  const Body body = kBodies[static_cast<std::size_t>(builtin)];
  for (;;) {
    const Outcome outcome = body(state, arguments);
    if (const auto exit = settle(state, builtin, arguments, outcome)) return *exit;
  }
}

template <vmabi::Builtin kWhich>
Exit start_builtin(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                   std::uint64_t e, std::uint64_t f) {
  return run_builtin(current_state(), kWhich, {a, b, c, d, e, f, block().slots[0]});
}

// Of a system call that has to be made again, or not gone back to.
[[gnu::noinline]] Exit after_syscall(State& state, std::int64_t result,
                                     const BuiltinArguments& arguments) {
  if (state.leaving) return kLeaveExit;
  const Retry retry{static_cast<std::uint64_t>(vmabi::Builtin::k_syscall), arguments};
  const auto kind = result == kRestart ? Outcome::Kind::kAgain : Outcome::Kind::kAgainNoHandler;
  const Exit exit = after_interruption(state, Outcome::interrupted(kind), retry);
  if (exit.next != LIND_NEXT_CALL) return exit;
  return run_builtin(state, vmabi::Builtin::k_syscall, arguments);
}

// As all others; but calls nest through this one, from a cage to a grate to the grate below, and
// beyond some twenty calls the processor no longer knows where a function returns to.
template <>
[[gnu::always_inline]] inline Exit start_builtin<vmabi::Builtin::k_syscall>(
    std::uint64_t number, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
    std::uint64_t e) {
  State& state = current_state();
  const SyscallArgs args{a, b, c, d, e, block().slots[0]};
  const std::int64_t result = make_syscall(state, number, args);
  if (!state.leaving && result != kRestart && result != kRestartNoHandler) {
    return {static_cast<std::uint64_t>(result), LIND_NEXT_CALL};
  }
  return after_syscall(state, result, {number, a, b, c, d, e, args[5]});
}

// Of a call of the host that did not simply return.
[[gnu::noinline]] Exit after_import(State& state, TrapCode code, std::uint64_t function) {
  const BuiltinArguments arguments{function};
  const Outcome outcome = Builtins::after_call(state, code);
  const auto exit = settle(state, vmabi::Builtin::k_call_import, arguments, outcome);
  return exit ? *exit : run_builtin(state, vmabi::Builtin::k_call_import, arguments);
}

// As all others; but an embedder's functions are called often and do little.
template <>
[[gnu::always_inline]] inline Exit start_builtin<vmabi::Builtin::k_call_import>(
    std::uint64_t function, std::uint64_t /*b*/, std::uint64_t /*c*/, std::uint64_t /*d*/,
    std::uint64_t /*e*/, std::uint64_t /*f*/) {
  State& state = current_state();
  const auto index = static_cast<std::uint32_t>(function);
  TrapCode code = TrapCode::kNone;
  if (index < state.host_functions.size()) {
    const HostEntry& entry = state.host_functions[index];
    if (!entry.call(entry.context, state.host_functions_user, block().slots)) {
      state.supervisor.host_function_failed(state.thread);
    }
  } else {
    code = state.supervisor.call_import(state.thread, index);
  }
  if (code == TrapCode::kNone && !state.leaving) return {0, LIND_NEXT_CALL};
  return after_import(state, code, function);
}

// Puts back what a DeliveryFrame holds and returns it.
DeliveryFrame pop_handler(State& state) {
  const std::uint64_t start = block().guest_rsp;
  const DeliveryFrame frame = *object_at<const DeliveryFrame>(start);
  std::copy_n(object_at<const std::uint64_t>(start + sizeof(DeliveryFrame)), frame.num_slots,
              block().slots);
  scratch(Scratch::kEntry) = frame.entry;
  scratch(Scratch::kResultRdx) = frame.rdx;
  scratch(Scratch::kResultXmm0) = frame.xmm0[0];
  scratch(Scratch::kResultXmm0High) = frame.xmm0[1];
  block().guest_rsp = start + frame.up;
  if (std::uint64_t* const stack_pointer = state.stack_pointer()) {
    *stack_pointer = frame.stack_pointer;
  }
  return frame;
}

Fault fault_of(const State& state, std::uint64_t signal, std::uint64_t pc, std::uint64_t address) {
  Fault fault;
  fault.image_offset = state.program().text_offset(pc).value_or(0);
  if (signal == SIGSEGV || signal == SIGBUS) {
    fault.kind = signal == SIGSEGV ? Fault::Kind::kMemory : Fault::Kind::kBus;
    fault.code = vmabi::TrapCode::k_out_of_bounds_memory;
    fault.address = address - block().memory_base;
    return fault;
  }
  fault.kind = Fault::Kind::kTrap;
  fault.code = signal == SIGFPE ? vmabi::TrapCode::k_integer_overflow
                                : state.program().trap_at(fault.image_offset);
  return fault;
}

// Guest code stands in the InterruptFrame at guest_rsp.
class Stopped {
 public:
  explicit Stopped(State& state) : state_(state) { state.interrupt_frame = block().guest_rsp; }
  ~Stopped() { state_.interrupt_frame = 0; }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  State& state_;
};

// The text at `offset` was to be executed for the first time.
void verify_text(State& state, std::uint32_t offset) {
  const ErrorOr<void> verdict = state.program().make_executable(offset);
  if (verdict.ok()) return;
  log::error("a program was stopped: {}", verdict.error().message());
  state.supervisor.faulted(
      state.thread,
      {.kind = Fault::Kind::kTrap, .code = vmabi::TrapCode::k_unreachable, .image_offset = offset});
}

}  // namespace
}  // namespace lind::runtime

using lind::runtime::Exit;

extern "C" {

// From here on: the functions that trampolines.S calls.  Each leads back into a trampoline.

#define LIND_BUILTIN(name, signature)                                                          \
  Exit lind_builtin_##name(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d, \
                           std::uint64_t e, std::uint64_t f) noexcept;                         \
  Exit lind_builtin_##name(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d, \
                           std::uint64_t e, std::uint64_t f) noexcept {                        \
    return lind::runtime::start_builtin<lind::vmabi::Builtin::k_##name>(a, b, c, d, e, f);     \
  }
#include "vmabi/builtins.def"
#undef LIND_BUILTIN

// The pending flag was set on the way to `next`.
Exit lind_take_pending(std::uint64_t value, std::uint64_t next) noexcept {
  return lind::runtime::take_signals(lind::runtime::current_state(), {value, next}, nullptr,
                                     lind::runtime::Again::kAlways);
}

// A guest handler has returned; guest_rsp is its DeliveryFrame.
Exit lind_handler_returned() noexcept {
  using namespace lind::runtime;  // NOLINT(google-build-using-namespace): one function
  Thread::State& state = current_state();
  const DeliveryFrame frame = pop_handler(state);
  // The handler may have changed the mask that it returns to.
  const bool is_signal = frame.ucontext != 0;
  std::uint64_t mask = frame.restore_mask;
  std::array<std::byte, sizeof(mask)> bytes{};
  const lind::GuestAddr at{frame.ucontext + kUcontextMask};
  if (state.instance->memory().copy_in(bytes, at).ok()) mask = std::bit_cast<std::uint64_t>(bytes);
  if (is_signal) state.supervisor.signal_returned(state.thread, mask);
  const bool retry = frame.retry.builtin < lind::vmabi::kNumBuiltins;
  const Exit exit = take_signals(state, {frame.value, frame.next}, retry ? &frame.retry : nullptr,
                                 Again::kAlways);
  if (!retry || exit.next != LIND_NEXT_CALL) return exit;
  return run_builtin(state, static_cast<lind::vmabi::Builtin>(frame.retry.builtin),
                     frame.retry.arguments);
}

// Guest code was stopped by a kick or a fault; guest_rsp is the InterruptFrame.
Exit lind_interrupted() noexcept {
  using namespace lind::runtime;  // NOLINT(google-build-using-namespace): one function
  Thread::State& state = current_state();
  const Stopped stopped(state);
  const std::uint64_t signal = scratch(Scratch::kFaultSignal);
  const std::optional<std::uint32_t> unverified =
      signal == SIGSEGV ? state.program().text_offset(scratch(Scratch::kFaultAddress))
                        : std::nullopt;
  if (unverified.has_value()) {
    verify_text(state, *unverified);
    if (state.leaving) return kLeaveExit;
  } else if (signal != 0) {
    state.supervisor.faulted(state.thread, fault_of(state, signal, scratch(Scratch::kFaultPc),
                                                    scratch(Scratch::kFaultAddress)));
    if (state.leaving) return kLeaveExit;
  }
  const bool is_silent = signal == 0 || unverified.has_value();
  if (is_silent && !state.thread.pending()) return {0, LIND_NEXT_RESTORE};
  return take_signals(state, {0, LIND_NEXT_RESTORE}, nullptr, Again::kAlways);
}

// The native stack is used up.
Exit lind_stack_fault() noexcept {
  lind::runtime::Thread::State& state = lind::runtime::current_state();
  const std::uint64_t pc = lind::runtime::scratch(lind::runtime::Scratch::kFaultPc);
  return lind::runtime::fatal_stack_fault(state, state.program().text_offset(pc).value_or(0));
}

}  // extern "C"
