#include <time.h>

#include "host/errno.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

// Clocks that are the same for everybody: the host's.
bool is_shared_clock(std::int32_t clock) noexcept {
  switch (clock) {
    case uapi::kCLOCK_REALTIME:
    case uapi::kCLOCK_MONOTONIC:
    case uapi::kCLOCK_MONOTONIC_RAW:
    case uapi::kCLOCK_REALTIME_COARSE:
    case uapi::kCLOCK_MONOTONIC_COARSE:
    case uapi::kCLOCK_BOOTTIME:
    case uapi::kCLOCK_TAI:
      return true;
    default:
      return false;
  }
}

uapi::Timespec to_guest(const timespec& time) noexcept {
  return {.sec = time.tv_sec, .nsec = static_cast<std::int32_t>(time.tv_nsec), .pad = 0};
}

Result<uapi::Timespec> read_clock(Caller& caller, std::int32_t clock) {
  if (clock == uapi::kCLOCK_THREAD_CPUTIME_ID) {
    return to_timespec(caller.process().thread_cpu_ns(caller.thread()));
  }
  if (clock == uapi::kCLOCK_PROCESS_CPUTIME_ID) {
    const Usage usage = caller.process().usage();
    return to_timespec(usage.user_ns + usage.system_ns);
  }
  if (!is_shared_clock(clock)) return uapi::Errno::kEINVAL;
  timespec now{};
  if (::clock_gettime(clock, &now) != 0) return host::last_errno();
  return to_guest(now);
}

}  // namespace

SysResult sys_clock_gettime(Caller& caller, std::int32_t clock, GuestPtr<uapi::Timespec> time) {
  const uapi::Timespec now = LIND_TRY(read_clock(caller, clock));
  LIND_TRY(time.write(now));
  return 0;
}

SysResult sys_clock_getres(Caller&, std::int32_t clock, GuestPtr<uapi::Timespec> time) {
  const bool is_cpu_clock =
      clock == uapi::kCLOCK_THREAD_CPUTIME_ID || clock == uapi::kCLOCK_PROCESS_CPUTIME_ID;
  if (!is_cpu_clock && !is_shared_clock(clock)) return uapi::Errno::kEINVAL;
  timespec resolution{};
  if (::clock_getres(clock, &resolution) != 0) return host::last_errno();
  if (!time.is_null()) LIND_TRY(time.write(to_guest(resolution)));
  return 0;
}

SysResult sys_gettimeofday(Caller& caller, GuestPtr<uapi::Timeval> time,
                           GuestPtr<uapi::Timezone> zone) {
  const uapi::Timespec now = LIND_TRY(read_clock(caller, uapi::kCLOCK_REALTIME));
  if (!time.is_null()) {
    LIND_TRY(time.write({.sec = now.sec, .usec = now.nsec / 1000, .pad = 0}));
  }
  if (!zone.is_null()) LIND_TRY(zone.write({.minutes_west = 0, .dst_time = 0}));
  return 0;
}

SysResult sys_time(Caller& caller, GuestPtr<std::int64_t> time) {
  const uapi::Timespec now = LIND_TRY(read_clock(caller, uapi::kCLOCK_REALTIME));
  if (!time.is_null()) LIND_TRY(time.write(now.sec));
  return now.sec;
}

}  // namespace lind::rawposix
