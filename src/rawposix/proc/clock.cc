#include <time.h>

#include "host/errno.h"
#include "rawposix/proc/clocks.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

uapi::Timespec to_guest(const timespec& time) noexcept {
  return {.sec = time.tv_sec, .nsec = static_cast<std::int32_t>(time.tv_nsec), .pad = 0};
}

}  // namespace

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

std::optional<CpuClock> cpu_clock(Caller& caller, std::int32_t clock) {
  const std::uint32_t own_pid = caller.process().pid();
  if (clock == uapi::kCLOCK_PROCESS_CPUTIME_ID) return CpuClock{.pid = own_pid};
  if (clock == uapi::kCLOCK_THREAD_CPUTIME_ID) {
    return CpuClock{.pid = own_pid, .tid = caller.process().tid_of(caller.thread())};
  }
  // ~id in the upper bits, then whether it is a thread's, then which time: 3 is a descriptor's.
  constexpr std::int32_t kOfThread = 4;
  constexpr std::int32_t kWhich = 3;
  if (clock >= 0 || (clock & kWhich) == kWhich) return std::nullopt;
  const auto id = ~static_cast<std::uint32_t>(clock >> 3);
  if ((clock & kOfThread) == 0) {
    const std::uint32_t pid = id == 0 ? own_pid : id;
    if (caller.kernel().tree().find(pid) == nullptr) return std::nullopt;
    return CpuClock{.pid = pid};
  }
  const std::uint32_t tid = id == 0 ? caller.process().tid_of(caller.thread()) : id;
  // Threads see clocks of their own process's threads only.
  if (!caller.process().has_thread(tid)) return std::nullopt;
  return CpuClock{.pid = own_pid, .tid = tid};
}

namespace {

Result<uapi::Timespec> read_clock(Caller& caller, std::int32_t clock) {
  if (const std::optional<CpuClock> cpu = cpu_clock(caller, clock)) {
    const std::shared_ptr<Process> process = caller.kernel().tree().find(cpu->pid);
    if (process == nullptr) return uapi::Errno::kEINVAL;
    if (cpu->tid != 0) {
      const std::optional<std::int64_t> used_ns = process->thread_cpu_ns(cpu->tid);
      return used_ns ? Result<uapi::Timespec>(to_timespec(*used_ns)) : uapi::Errno::kEINVAL;
    }
    const Usage usage = process->usage();
    return to_timespec(usage.user_ns + usage.system_ns);
  }
  if (!is_shared_clock(clock)) return uapi::Errno::kEINVAL;
  timespec now{};
  if (::clock_gettime(clock, &now) != 0) return host::last_errno();
  return to_guest(now);
}

}  // namespace

Result<std::int64_t> clock_ns(Caller& caller, std::int32_t clock) {
  const uapi::Timespec now = LIND_TRY(read_clock(caller, clock));
  return to_ns(now).value_or(0);
}

SysResult sys_clock_gettime(Caller& caller, std::int32_t clock, GuestPtr<uapi::Timespec> time) {
  const uapi::Timespec now = LIND_TRY(read_clock(caller, clock));
  LIND_TRY(time.write(now));
  return 0;
}

SysResult sys_clock_getres(Caller& caller, std::int32_t clock, GuestPtr<uapi::Timespec> time) {
  const bool is_cpu_clock = cpu_clock(caller, clock).has_value();
  if (!is_cpu_clock && !is_shared_clock(clock)) return uapi::Errno::kEINVAL;
  timespec resolution{};
  if (::clock_getres(is_cpu_clock ? CLOCK_PROCESS_CPUTIME_ID : clock, &resolution) != 0)
    return host::last_errno();
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
