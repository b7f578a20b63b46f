#include <algorithm>

#include "rawposix/proc/alarm_clock.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

uapi::Itimerval to_guest(const AlarmClock::Timer& timer) noexcept {
  return {.interval = to_timeval(timer.interval_ns), .value = to_timeval(timer.remaining_ns)};
}

Result<AlarmClock::Timer> from_guest(const uapi::Itimerval& value) {
  const std::optional<std::int64_t> remaining_ns = to_ns(value.value);
  const std::optional<std::int64_t> interval_ns = to_ns(value.interval);
  if (!remaining_ns || !interval_ns) return uapi::Errno::kEINVAL;
  return AlarmClock::Timer{.remaining_ns = *remaining_ns, .interval_ns = *interval_ns};
}

Result<void> check_which(std::int32_t which) {
  // The CPU time timers would need a clock of ours that stops: not yet.
  return which == uapi::kITIMER_REAL ? Result<void>() : Result<void>(uapi::Errno::kEINVAL);
}

AlarmClock::Timer set_timer(Caller& caller, const AlarmClock::Timer& timer) {
  Process& process = caller.process();
  return caller.kernel().alarms().set(process.pid(), process.shared_from_this(), timer);
}

}  // namespace

// Source: alarm_setitimer, kernel/time/itimer.c, v6.1: rounds to the nearest second, but a timer
// that runs never to 0.
SysResult sys_alarm(Caller& caller, std::uint32_t seconds) {
  const AlarmClock::Timer old =
      set_timer(caller, {.remaining_ns = std::int64_t{seconds} * kNsPerSecond, .interval_ns = 0});
  if (old.remaining_ns == 0) return 0;
  return std::max<std::int64_t>((old.remaining_ns + kNsPerSecond / 2) / kNsPerSecond, 1);
}

SysResult sys_getitimer(Caller& caller, std::int32_t which, GuestPtr<uapi::Itimerval> value) {
  LIND_TRY(check_which(which));
  LIND_TRY(value.write(to_guest(caller.kernel().alarms().get(caller.process().pid()))));
  return 0;
}

SysResult sys_setitimer(Caller& caller, std::int32_t which, GuestPtr<uapi::Itimerval> value,
                        GuestPtr<uapi::Itimerval> old_value) {
  LIND_TRY(check_which(which));
  const uapi::Itimerval given = value.is_null() ? uapi::Itimerval{} : LIND_TRY(value.read());
  const AlarmClock::Timer timer = LIND_TRY(from_guest(given));
  const AlarmClock::Timer old = set_timer(caller, timer);
  if (!old_value.is_null()) LIND_TRY(old_value.write(to_guest(old)));
  return 0;
}

}  // namespace lind::rawposix
