// Runs inside signal handlers, on the alternate stack: async-signal-safe code only.  TCB.
//
// Everything it looks at belongs to the thread it interrupts: the thread block, the context the
// kernel saved, and the guest's native stack.

#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/units.h"
#include "runtime/raw_unsafe.h"
#include "runtime/signals_internal.h"
#include "runtime/stack_frames_internal.h"
#include "runtime/thread_block_internal.h"
#include "runtime/thread_state_internal.h"
#include "runtime/trampolines_internal.h"

namespace lind::runtime {
namespace {

vmabi::ThreadBlock& block() noexcept {
  return lind_thread_block;
}

std::uint64_t get(const ucontext_t& context, int index) noexcept {
  return static_cast<std::uint64_t>(context.uc_mcontext.gregs[index]);
}

void set(ucontext_t& context, int index, std::uint64_t value) noexcept {
  context.uc_mcontext.gregs[index] = static_cast<greg_t>(value);
}

bool inside(std::uint64_t pc, const char* begin, const char* end) noexcept {
  return pc - address_of(begin) < address_of(end) - address_of(begin);
}

bool in_guest_text(std::uint64_t pc) noexcept {
  const std::uint64_t start = scratch(Scratch::kTextStart);
  return block().thread != 0 && pc - start < scratch(Scratch::kTextEnd) - start;
}

// Copies what the kernel saved of the vector registers.  The kernel's area has the standard format
// and says its size in the legacy part (asm/sigcontext.h, struct _fpx_sw_bytes); xrstor wants the
// header's compaction word and reserved words to be zero.
void copy_vector_state(const ucontext_t& context, InterruptFrame& frame) noexcept {
  constexpr std::size_t kLegacyBytes = 512;
  constexpr std::size_t kSoftwareBytes = 464;
  constexpr std::size_t kHeaderBytes = 64;
  _fpx_sw_bytes software{};
  std::memcpy(
      &software,
      std::next(static_cast<const std::byte*>(static_cast<const void*>(context.uc_mcontext.fpregs)),
                kSoftwareBytes),
      sizeof(software));
  // Without the magic number only the legacy part is there: SSE.
  constexpr std::uint64_t kLegacyComponents = 3;
  std::size_t num_bytes = kLegacyBytes;
  std::uint64_t present = kLegacyComponents;
  if (software.magic1 == FP_XSTATE_MAGIC1) {
    num_bytes = std::min<std::size_t>(software.xstate_size, frame.xsave.size());
  }
  std::memcpy(frame.xsave.data(), context.uc_mcontext.fpregs, num_bytes);
  if (num_bytes >= kLegacyBytes + kHeaderBytes) {
    std::memcpy(&present, &frame.xsave[kLegacyBytes], sizeof(present));
  }
  present &= lind_xsave_mask;
  std::memset(&frame.xsave[kLegacyBytes], 0, kHeaderBytes);
  std::memcpy(&frame.xsave[kLegacyBytes], &present, sizeof(present));
}

// Saves the interrupted registers on the guest's native stack and continues in the interrupt
// trampoline, or in the stack fault trampoline if there is no room.
void interrupt_guest(ucontext_t& context) noexcept {
  constexpr std::uint64_t kMargin = 4 * kKiB;
  const std::uint64_t rsp = get(context, REG_RSP);
  const std::uint64_t low = scratch(Scratch::kStackLow);
  const std::uint64_t high = scratch(Scratch::kStackHigh);
  if (rsp > high || rsp < low + kMargin + kNativeRedZone + sizeof(InterruptFrame)) {
    set(context, REG_RIP, address_of(lind_stack_fault_entry));
    return;
  }
  const std::uint64_t registers_at = rsp - kNativeRedZone - sizeof(InterruptRegisters);
  const std::uint64_t frame_at =
      align_down(registers_at - sizeof(InterruptFrame), alignof(InterruptFrame));

  // SAFETY: both lie in [low, rsp), below the interrupted frame and its red zone, on the stack of
  // the thread that this handler runs on.
  auto& registers = *object_at<InterruptRegisters>(registers_at);
  registers = {.r15 = get(context, REG_R15),
               .r14 = get(context, REG_R14),
               .r13 = get(context, REG_R13),
               .r12 = get(context, REG_R12),
               .rbp = get(context, REG_RBP),
               .rbx = get(context, REG_RBX),
               .r11 = get(context, REG_R11),
               .r10 = get(context, REG_R10),
               .r9 = get(context, REG_R9),
               .r8 = get(context, REG_R8),
               .rdi = get(context, REG_RDI),
               .rsi = get(context, REG_RSI),
               .rdx = get(context, REG_RDX),
               .rcx = get(context, REG_RCX),
               .rax = get(context, REG_RAX),
               .rflags = get(context, REG_EFL),
               .rip = get(context, REG_RIP)};
  auto& frame = *object_at<InterruptFrame>(frame_at);
  frame.up = registers_at - frame_at;
  frame.zero = {};
  copy_vector_state(context, frame);
  set(context, REG_RSP, frame_at);
  set(context, REG_RIP, address_of(lind_interrupt_entry));
}

// A kick inside one of these windows goes back to the test of the pending flag.
void close_window(ucontext_t& context) noexcept {
  struct Window {
    const char* check;
    const char* end;
  };
  const Window windows[] = {{lind_call_check, lind_call_end},
                            {lind_thunk_check, lind_thunk_end},
                            {lind_restore_check, lind_restore_end},
                            {lind_handler_check, lind_handler_return},
                            {lind_enter_check, lind_enter_return}};
  const std::uint64_t pc = get(context, REG_RIP);
  for (const Window& window : windows) {
    if (inside(pc, window.check, window.end)) set(context, REG_RIP, address_of(window.check));
  }
}

// The kernel raised it because of an instruction, nobody sent it.
bool raised_by_instruction(const siginfo_t& info) noexcept {
  return info.si_code > 0;
}

bool fault_of_copy(int signal, ucontext_t& context, std::uint64_t address) noexcept {
  if (signal != SIGSEGV && signal != SIGBUS) return false;
  if (!inside(get(context, REG_RIP), lind_copy_begin, lind_copy_end)) return false;
  scratch(Scratch::kFaultAddress) = address;
  set(context, REG_RIP, address_of(lind_copy_fault));
  return true;
}

// Text becomes executable when it is first executed (Program::make_executable).
bool is_fetch_of_text(int signal, const ucontext_t& context, std::uint64_t address) noexcept {
  constexpr std::uint64_t kInstructionFetch = 1U << 4;  // of the page fault's error code
  return signal == SIGSEGV && (get(context, REG_ERR) & kInstructionFetch) != 0 &&
         in_guest_text(address);
}

// What the processor refuses is the operand, not its address, which the kernel does not tell: a
// vector that is not aligned, a lock across cache lines.  Compiled code has neither, but the
// verifier does not look for them: they are the cage's own trouble.
bool refuses_operand(const siginfo_t& info) noexcept {
  return (info.si_signo == SIGSEGV && info.si_code == SI_KERNEL) ||
         (info.si_signo == SIGBUS && info.si_code == BUS_ADRALN);
}

bool fault_of_guest(int signal, ucontext_t& context, const siginfo_t& info) noexcept {
  const std::uint64_t pc = get(context, REG_RIP);
  std::uint64_t address = address_of(info.si_addr);
  const bool guest_text = in_guest_text(pc);
  const bool memory_fault = signal == SIGSEGV || signal == SIGBUS;
  if (!guest_text && !inside(pc, lind_trampolines_begin, lind_trampolines_end)) return false;
  if (block().thread == 0) return false;
  const std::uint64_t low = scratch(Scratch::kStackLow);
  if (memory_fault && low - address - 1 < kNativeGuardBytes) {
    scratch(Scratch::kFaultPc) = pc;
    set(context, REG_RIP, address_of(lind_stack_fault_entry));
    return true;
  }
  if (!guest_text) return false;
  if (refuses_operand(info)) address = block().memory_base;
  const std::uint64_t reservation = block().memory_base - vmabi::kStateWindowBytes;
  if (memory_fault && address - reservation >= scratch(Scratch::kReservationBytes) &&
      !is_fetch_of_text(signal, context, address)) {
    return false;
  }
  scratch(Scratch::kFaultSignal) = static_cast<std::uint64_t>(signal);
  scratch(Scratch::kFaultAddress) = address;
  scratch(Scratch::kFaultPc) = pc;
  interrupt_guest(context);
  return true;
}

}  // namespace
}  // namespace lind::runtime

void lind_handle_fault(int signal, siginfo_t* info, void* raw_context) noexcept {
  using namespace lind::runtime;  // NOLINT(google-build-using-namespace): one function
  auto& context = *static_cast<ucontext_t*>(raw_context);
  const std::uint64_t address = address_of(info->si_addr);
  if (raised_by_instruction(*info) &&
      (fault_of_copy(signal, context, address) || fault_of_guest(signal, context, *info))) {
    return;
  }
  chain_signal(signal, info, raw_context);
}

void lind_handle_kick(int /*signal*/, siginfo_t* /*info*/, void* raw_context) noexcept {
  using namespace lind::runtime;  // NOLINT(google-build-using-namespace): one function
  if (lind_thread_block.thread == 0) return;
  auto& context = *static_cast<ucontext_t*>(raw_context);
  // SAFETY: the Stay that set `thread` put its KickTarget there, which lives as long.
  const auto* const kick = object_at<const KickTarget>(scratch(Scratch::kPendingWord));
  bool any = false;
  for (const KickTarget* target = kick; target != nullptr; target = target->outer) {
    any = any || target->pending != 0;
  }
  if (!any) return;
  const std::uint64_t pc = get(context, REG_RIP);
  scratch(Scratch::kInterrupt) = 1;
  if (inside(pc, lind_blocking_check, lind_blocking_end)) {
    set(context, REG_RIP, address_of(lind_blocking_interrupted));
  }
  if (!kick->must_look()) return;
  lind_thread_block.pending = 1;
  if (in_guest_text(pc)) {
    scratch(Scratch::kFaultSignal) = 0;
    interrupt_guest(context);
  } else {
    close_window(context);
  }
}
