#include <cpuid.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "host/cpu.h"
#include "host/kick_signal.h"
#include "runtime/native_stack_internal.h"
#include "runtime/raw_unsafe.h"
#include "runtime/signals_internal.h"
#include "runtime/stack_frames_internal.h"
#include "runtime/thread.h"
#include "runtime/thread_block_internal.h"
#include "runtime/trampolines_internal.h"

thread_local constinit lind::vmabi::ThreadBlock lind_thread_block{};
std::uint32_t lind_have_avx = 0;
std::uint32_t lind_xsave_mask = 0;

namespace lind::runtime {
namespace {

// asm/sigcontext: what rt_sigaction takes on x86-64.  libc's sigaction would do, but sanitizers
// replace it by one that defers signals.
struct KernelSigaction {
  void (*handler)(int, siginfo_t*, void*) noexcept;
  std::uint64_t flags;
  const void* restorer;
  std::uint64_t mask;
};
static_assert(sizeof(KernelSigaction) == 32);
constexpr std::uint64_t kSaRestorer = 0x04000000;  // asm/signal.h, v6.1

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, host::kKickSignal};

// Written once by install_signal_handlers, before any handler can run.
std::array<KernelSigaction, 65> previous_actions{};

bool change_action(int signal, const KernelSigaction* wanted, KernelSigaction* before) noexcept {
  return ::syscall(SYS_rt_sigaction, signal, wanted, before, sizeof(std::uint64_t)) == 0;
}

// State components, Intel SDM volume 1, section 13.1.
constexpr std::uint32_t kSse = 1U << 1;
constexpr std::uint32_t kAvx = 1U << 2;
constexpr std::uint32_t kAvx512 = (1U << 5) | (1U << 6) | (1U << 7);

// The components that the system has switched on and that fit an InterruptFrame.
std::uint32_t usable_components() noexcept {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  // SAFETY: reads XCR0; the caller has seen CPUID say that xgetbv exists.
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  std::uint32_t usable = low & (kSse | kAvx | kAvx512);
  std::uint32_t enabled_bytes = 0;
  std::uint32_t unused = 0;
  // One CPUID where all fit, as they do on today's machines: a hypervisor makes each a slow call.
  __cpuid_count(0xd, 0, unused, enabled_bytes, unused, unused);
  if (enabled_bytes <= kXsaveBytes) return usable;
  for (std::uint32_t component = 2; component < 8; ++component) {
    if ((usable & (1U << component)) == 0) continue;
    std::uint32_t size = 0;
    std::uint32_t offset = 0;
    __cpuid_count(0xd, component, size, offset, unused, unused);
    if (offset + size > kXsaveBytes) usable &= ~(1U << component);
  }
  return usable;
}

ErrorOr<void> probe_cpu() {
  constexpr unsigned long kHwcap2FsGsBase = 1UL << 1;  // asm/hwcap2.h, v6.1
  if ((::getauxval(AT_HWCAP2) & kHwcap2FsGsBase) == 0) {
    return Error("this host lacks FSGSBASE (a CPU since 2012 and Linux 5.9 have it)");
  }
  if (!host::cpu_has_xsave()) return Error("this host lacks XSAVE");
  lind_xsave_mask = usable_components();
  lind_have_avx = (lind_xsave_mask & kAvx) != 0 ? 1 : 0;
  return {};
}

}  // namespace

ErrorOr<void> install_signal_handlers() {
  for (const int signal : kSignals) {
    const bool kick = signal == host::kKickSignal;
    // No SA_RESTART: a kick shall end the blocking call it meets.  All signals are blocked while a
    // handler runs.
    const KernelSigaction action{.handler = kick ? lind_handle_kick : lind_handle_fault,
                                 .flags = SA_SIGINFO | SA_ONSTACK | kSaRestorer,
                                 .restorer = lind_signal_restorer,
                                 .mask = ~std::uint64_t{0}};
    KernelSigaction& before = previous_actions[static_cast<std::size_t>(signal)];
    if (!change_action(signal, &action, &before)) return host_error("rt_sigaction", errno);
  }
  return {};
}

void chain_signal(int signal, siginfo_t* info, void* context) noexcept {
  const KernelSigaction& previous = previous_actions[static_cast<std::size_t>(signal)];
  // SAFETY: SIG_DFL and SIG_IGN are small numbers in a pointer's clothes; only compared.
  const auto number = reinterpret_cast<std::uintptr_t>(previous.handler);
  // SAFETY: as above.
  if (number == reinterpret_cast<std::uintptr_t>(SIG_IGN)) return;
  // SAFETY: as above.
  if (number == reinterpret_cast<std::uintptr_t>(SIG_DFL)) {
    // Back to the default: the instruction runs again and ends the process with its own signal.
    (void)change_action(signal, &previous, nullptr);
    return;
  }
  // SA_SIGINFO or not: a handler of one parameter does not look at the others.
  previous.handler(signal, info, context);
}

ErrorOr<void> initialize_runtime(const RuntimeOptions& options) {
  NativeStackPool::instance().set_stack_bytes(options.native_stack_bytes);
  LIND_TRY(probe_cpu());
  return install_signal_handlers();
}

}  // namespace lind::runtime
