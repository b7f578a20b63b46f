#include "host/time.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

constexpr std::uint64_t kSetBytes = 8;

constexpr std::uint32_t kKnownActionFlags =
    uapi::kSA_NOCLDSTOP | uapi::kSA_NOCLDWAIT | uapi::kSA_SIGINFO | uapi::kSA_EXPOSE_TAGBITS |
    uapi::kSA_RESTORER | uapi::kSA_ONSTACK | uapi::kSA_RESTART | uapi::kSA_NODEFER |
    uapi::kSA_RESETHAND;

}  // namespace

SysResult sys_rt_sigaction(Caller& caller, std::int32_t signo, GuestPtr<uapi::SigAction> action,
                           GuestPtr<uapi::SigAction> old_action, std::uint64_t set_bytes) {
  if (set_bytes != kSetBytes) return uapi::Errno::kEINVAL;
  const bool sets = !action.is_null();
  const uapi::SigAction wanted = sets ? LIND_TRY(action.read()) : uapi::SigAction{};
  if (!is_signal(signo)) return uapi::Errno::kEINVAL;
  if (sets && (signal_bit(signo) & kUnblockable) != 0) return uapi::Errno::kEINVAL;
  const uapi::SigAction old = caller.process().action(signo);
  if (sets) {
    caller.process().set_action(signo, {.handler = wanted.handler,
                                        .flags = wanted.flags & kKnownActionFlags,
                                        .restorer = wanted.restorer,
                                        .pad = 0,
                                        .mask = wanted.mask});
  }
  // As on Linux the action is already set if the old one cannot be told.
  if (!old_action.is_null()) LIND_TRY(old_action.write(old));
  return 0;
}

SysResult sys_rt_sigprocmask(Caller& caller, std::int32_t how, GuestPtr<std::uint64_t> set,
                             GuestPtr<std::uint64_t> old_set, std::uint64_t set_bytes) {
  if (set_bytes != kSetBytes) return uapi::Errno::kEINVAL;
  const SignalMask old = caller.process().blocked(caller.thread());
  if (!set.is_null()) {
    const SignalMask given = LIND_TRY(set.read());
    SignalMask next = given;
    if (how == uapi::kSIG_BLOCK) {
      next = old | given;
    } else if (how == uapi::kSIG_UNBLOCK) {
      next = old & ~given;
    } else if (how != uapi::kSIG_SETMASK) {
      return uapi::Errno::kEINVAL;
    }
    caller.process().set_blocked(caller.thread(), next);
  }
  if (!old_set.is_null()) LIND_TRY(old_set.write(old));
  return 0;
}

SysResult sys_rt_sigpending(Caller& caller, GuestPtr<std::uint64_t> set, std::uint64_t set_bytes) {
  if (set_bytes > kSetBytes) return uapi::Errno::kEINVAL;
  const SignalMask pending =
      caller.process().pending(caller.thread()) & caller.process().blocked(caller.thread());
  LIND_TRY(set.owner()->copy_out(
      set.addr(),
      std::as_bytes(std::span(&pending, 1)).first(static_cast<std::size_t>(set_bytes))));
  return 0;
}

SysResult sys_rt_sigsuspend(Caller& caller, GuestPtr<std::uint64_t> set, std::uint64_t set_bytes) {
  if (set_bytes != kSetBytes) return uapi::Errno::kEINVAL;
  const SignalMask mask = LIND_TRY(set.read());
  caller.process().set_blocked_for_call(caller.thread(), mask);
  caller.process().await_any_signal(caller.thread());
  return uapi::Errno::kERESTARTNOHAND;
}

SysResult sys_pause(Caller& caller) {
  caller.process().await_any_signal(caller.thread());
  return uapi::Errno::kERESTARTNOHAND;
}

SysResult sys_rt_sigtimedwait(Caller& caller, GuestPtr<std::uint64_t> set,
                              GuestPtr<uapi::SigInfo> info, GuestPtr<uapi::Timespec> timeout,
                              std::uint64_t set_bytes) {
  if (set_bytes != kSetBytes) return uapi::Errno::kEINVAL;
  const SignalMask wanted = LIND_TRY(set.read()) & ~kUnblockable;
  std::optional<std::int64_t> deadline_ns;
  if (!timeout.is_null()) {
    const uapi::Timespec given = LIND_TRY(timeout.read());
    const std::optional<std::int64_t> relative_ns = to_ns(given);
    if (!relative_ns) return uapi::Errno::kEINVAL;
    deadline_ns = host::deadline_after(*relative_ns);
  }
  const uapi::SigInfo found =
      LIND_TRY(caller.process().await_signal(caller.thread(), wanted, deadline_ns));
  if (!info.is_null()) LIND_TRY(info.write(found));
  return found.signo;
}

SysResult sys_sigaltstack(Caller& caller, GuestPtr<uapi::SigStack> stack,
                          GuestPtr<uapi::SigStack> old_stack) {
  const uapi::SigStack old = caller.process().alternate_stack(caller.thread());
  if (!stack.is_null()) {
    const uapi::SigStack given = LIND_TRY(stack.read());
    LIND_TRY(caller.process().set_alternate_stack(caller.thread(), given));
  }
  if (!old_stack.is_null()) LIND_TRY(old_stack.write(old));
  return 0;
}

}  // namespace lind::rawposix
