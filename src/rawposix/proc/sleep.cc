#include <sys/syscall.h>
#include <time.h>

#include <algorithm>

#include "base/checked.h"
#include "host/time.h"
#include "rawposix/fs/host_args.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

timespec to_host(std::int64_t ns) noexcept {
  return {.tv_sec = ns / kNsPerSecond, .tv_nsec = ns % kNsPerSecond};
}

// Absolute sleep on a clock of the host; the kernel's own, as it alone knows when one is set.
Result<std::int64_t> sleep_until(Caller& caller, std::int32_t clock, std::int64_t deadline_ns) {
  const timespec deadline = to_host(deadline_ns);
  return caller.thread().blocking_syscall(SYS_clock_nanosleep,
                                          host_args(clock, TIMER_ABSTIME, &deadline, nullptr));
}

std::int64_t now_ns(std::int32_t clock) noexcept {
  timespec now{};
  // The caller has checked the clock's number.
  (void)::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * kNsPerSecond + now.tv_nsec;
}

// A relative sleep is one until a deadline, which it keeps when it is made again.
SysResult sleep_for(Caller& caller, std::int32_t clock, std::int64_t relative_ns,
                    GuestPtr<uapi::Timespec> remaining) {
  GuestThread& guest = caller.guest_thread();
  const std::int64_t deadline_ns =
      guest.restart_deadline_ns.value_or(host::deadline_after(relative_ns));
  guest.restart_deadline_ns.reset();
  // Relative sleeps on CLOCK_REALTIME do not follow changes of it: POSIX clock_nanosleep.
  const std::int32_t counted = clock == uapi::kCLOCK_REALTIME ? uapi::kCLOCK_MONOTONIC : clock;
  const std::int64_t offset_ns =
      counted == uapi::kCLOCK_MONOTONIC ? 0 : now_ns(counted) - host::monotonic_ns();
  const std::int64_t clock_deadline = checked_add(deadline_ns, offset_ns).value_or(INT64_MAX);
  const Result<std::int64_t> slept = sleep_until(caller, counted, clock_deadline);
  if (slept.ok() || slept.error() != uapi::Errno::kEINTR) return slept;
  const std::int64_t left_ns = std::max<std::int64_t>(deadline_ns - host::monotonic_ns(), 0);
  if (left_ns == 0) return 0;
  if (!remaining.is_null()) LIND_TRY(remaining.write(to_timespec(left_ns)));
  guest.restart_deadline_ns = deadline_ns;
  return uapi::Errno::kERESTARTNOHAND;
}

}  // namespace

SysResult sys_nanosleep(Caller& caller, GuestPtr<uapi::Timespec> request,
                        GuestPtr<uapi::Timespec> remaining) {
  const uapi::Timespec given = LIND_TRY(request.read());
  const std::optional<std::int64_t> relative_ns = to_ns(given);
  if (!relative_ns) return uapi::Errno::kEINVAL;
  return sleep_for(caller, uapi::kCLOCK_MONOTONIC, *relative_ns, remaining);
}

SysResult sys_clock_nanosleep(Caller& caller, std::int32_t clock, std::int32_t flags,
                              GuestPtr<uapi::Timespec> request,
                              GuestPtr<uapi::Timespec> remaining) {
  switch (clock) {
    case uapi::kCLOCK_REALTIME:
    case uapi::kCLOCK_MONOTONIC:
    case uapi::kCLOCK_BOOTTIME:
    case uapi::kCLOCK_TAI:
      break;
    case uapi::kCLOCK_PROCESS_CPUTIME_ID:
    case uapi::kCLOCK_MONOTONIC_RAW:
    case uapi::kCLOCK_REALTIME_COARSE:
    case uapi::kCLOCK_MONOTONIC_COARSE:
      return uapi::Errno::kEOPNOTSUPP;
    default:
      return uapi::Errno::kEINVAL;
  }
  const uapi::Timespec given = LIND_TRY(request.read());
  const std::optional<std::int64_t> ns = to_ns(given);
  if (!ns) return uapi::Errno::kEINVAL;
  if ((flags & uapi::kTIMER_ABSTIME) == 0) return sleep_for(caller, clock, *ns, remaining);
  const Result<std::int64_t> slept = sleep_until(caller, clock, *ns);
  if (!slept.ok() && slept.error() == uapi::Errno::kEINTR) return uapi::Errno::kERESTARTNOHAND;
  return slept;
}

}  // namespace lind::rawposix
