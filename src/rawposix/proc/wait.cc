#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

constexpr std::int32_t kCloneOptions = uapi::k__WNOTHREAD | uapi::k__WCLONE | uapi::k__WALL;

Result<std::optional<WaitEvent>> wait_for(Caller& caller, const WaitSelector& selector,
                                          std::int32_t options) {
  Result<std::optional<WaitEvent>> event =
      caller.kernel().tree().wait(caller.process().pid(), selector, options, caller.thread());
  if (!event.ok() && event.error() == uapi::Errno::kEINTR) return uapi::Errno::kERESTARTSYS;
  // A child that is gone no longer needs the pages as they were.
  if (event.ok() && event.value()) caller.thread().settle_memory();
  return event;
}

// What waitid puts into siginfo.  Source: wait_task_zombie and others, kernel/exit.c, v6.1.
uapi::SigInfo to_info(const WaitEvent& event) {
  uapi::SigInfo info{.signo = uapi::kSIGCHLD, .error = 0, .code = 0, .words = {}};
  std::int32_t value = event.status >> 8;
  if (event.status == uapi::kContinuedStatus) {
    info.code = uapi::kCLD_CONTINUED;
    value = uapi::kSIGCONT;
  } else if ((event.status & 0xff) == 0x7f) {
    info.code = uapi::kCLD_STOPPED;
  } else if ((event.status & 0x7f) != 0) {
    info.code = uapi::kCLD_KILLED;
    value = event.status & 0x7f;
  } else {
    info.code = uapi::kCLD_EXITED;
  }
  info.words[0] = event.pid;
  info.words[2] = static_cast<std::uint32_t>(value);
  return info;
}

}  // namespace

SysResult sys_wait4(Caller& caller, std::int32_t pid, GuestPtr<std::int32_t> status,
                    std::int32_t options, GuestPtr<uapi::Rusage> usage) {
  constexpr std::int32_t kKnown =
      uapi::kWNOHANG | uapi::kWUNTRACED | uapi::kWCONTINUED | kCloneOptions;
  if ((options & ~kKnown) != 0) return uapi::Errno::kEINVAL;
  if (pid == INT32_MIN) return uapi::Errno::kESRCH;
  WaitSelector selector;
  if (pid > 0) {
    selector = {.kind = WaitSelector::Kind::kPid, .id = static_cast<std::uint32_t>(pid)};
  } else if (pid == 0) {
    selector = {.kind = WaitSelector::Kind::kGroup,
                .id = LIND_TRY(caller.kernel().tree().group_of(caller.process().pid()))};
  } else if (pid < -1) {
    selector = {.kind = WaitSelector::Kind::kGroup, .id = static_cast<std::uint32_t>(-pid)};
  }
  const std::optional<WaitEvent> event =
      LIND_TRY(wait_for(caller, selector, options | uapi::kWEXITED));
  if (!event) return 0;
  if (!status.is_null()) LIND_TRY(status.write(event->status));
  if (!usage.is_null()) LIND_TRY(usage.write(event->usage.to_guest()));
  return event->pid;
}

SysResult sys_waitid(Caller& caller, std::int32_t which, std::int32_t id,
                     GuestPtr<uapi::SigInfo> info, std::int32_t options,
                     GuestPtr<uapi::Rusage> usage) {
  constexpr std::int32_t kStates = uapi::kWEXITED | uapi::kWSTOPPED | uapi::kWCONTINUED;
  constexpr std::int32_t kKnown = uapi::kWNOHANG | uapi::kWNOWAIT | kStates | kCloneOptions;
  if ((options & ~kKnown) != 0 || (options & kStates) == 0) return uapi::Errno::kEINVAL;
  WaitSelector selector;
  bool returns_at_once = false;
  if (which == uapi::kP_PID) {
    if (id <= 0) return uapi::Errno::kEINVAL;
    selector = {.kind = WaitSelector::Kind::kPid, .id = static_cast<std::uint32_t>(id)};
  } else if (which == uapi::kP_PGID) {
    if (id < 0) return uapi::Errno::kEINVAL;
    const std::uint32_t own = LIND_TRY(caller.kernel().tree().group_of(caller.process().pid()));
    selector = {.kind = WaitSelector::Kind::kGroup,
                .id = id == 0 ? own : static_cast<std::uint32_t>(id)};
  } else if (which == uapi::kP_PIDFD) {
    if (id < 0) return uapi::Errno::kEINVAL;
    const PidfdTarget target = LIND_TRY(pidfd_target(caller, Fd{id}));
    if (target.process == nullptr) return uapi::Errno::kECHILD;
    selector = {.kind = WaitSelector::Kind::kPid, .id = target.process->pid()};
    returns_at_once = target.nonblocking;
  } else if (which != uapi::kP_ALL) {
    return uapi::Errno::kEINVAL;
  }
  const std::int32_t no_hang = returns_at_once ? uapi::kWNOHANG : 0;
  Result<std::optional<WaitEvent>> waited = wait_for(caller, selector, options | no_hang);
  if (waited.ok() && !waited.value() && returns_at_once && (options & uapi::kWNOHANG) == 0) {
    waited = uapi::Errno::kEAGAIN;
  }
  if (!waited.ok()) {
    // Also then Linux tells that nothing was found.
    if (!info.is_null()) LIND_TRY(info.write(uapi::SigInfo{}));
    return waited.error();
  }
  const std::optional<WaitEvent>& event = waited.value();
  const uapi::SigInfo found = event ? to_info(*event) : uapi::SigInfo{};
  if (!usage.is_null() && event) LIND_TRY(usage.write(event->usage.to_guest()));
  if (!info.is_null()) LIND_TRY(info.write(found));
  return 0;
}

}  // namespace lind::rawposix
