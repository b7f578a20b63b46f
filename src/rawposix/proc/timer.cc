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

/// One of the three timers of setitimer.
struct IntervalTimer {
  std::int32_t number;
  TimerKind kind;
};

Result<IntervalTimer> interval_timer(std::int32_t which) {
  switch (which) {
    case uapi::kITIMER_REAL:
      return IntervalTimer{.number = kRealTimer, .kind = {.signo = uapi::kSIGALRM}};
    case uapi::kITIMER_VIRTUAL:
      return IntervalTimer{
          .number = kVirtualTimer,
          .kind = {.counts = TimerKind::Counts::kProcessCpu, .signo = uapi::kSIGVTALRM}};
    case uapi::kITIMER_PROF:
      return IntervalTimer{
          .number = kProfileTimer,
          .kind = {.counts = TimerKind::Counts::kProcessCpu, .signo = uapi::kSIGPROF}};
    default:
      return uapi::Errno::kEINVAL;
  }
}

TimerKey key_of(Caller& caller, const IntervalTimer& which) {
  return {.pid = caller.process().pid(), .number = which.number};
}

AlarmClock::Timer set_timer(Caller& caller, const IntervalTimer& which,
                            const AlarmClock::Timer& timer) {
  return caller.kernel().alarms().set(key_of(caller, which), caller.process().shared_from_this(),
                                      which.kind, timer);
}

}  // namespace

// Source: alarm_setitimer, kernel/time/itimer.c, v6.1: rounds to the nearest second, but a timer
// that runs never to 0.
SysResult sys_alarm(Caller& caller, std::uint32_t seconds) {
  const IntervalTimer real = LIND_TRY(interval_timer(uapi::kITIMER_REAL));
  const AlarmClock::Timer old = set_timer(
      caller, real, {.remaining_ns = std::int64_t{seconds} * kNsPerSecond, .interval_ns = 0});
  if (old.remaining_ns == 0) return 0;
  return std::max<std::int64_t>((old.remaining_ns + kNsPerSecond / 2) / kNsPerSecond, 1);
}

SysResult sys_getitimer(Caller& caller, std::int32_t which, GuestPtr<uapi::Itimerval> value) {
  const IntervalTimer timer = LIND_TRY(interval_timer(which));
  LIND_TRY(value.write(to_guest(caller.kernel().alarms().get(key_of(caller, timer)))));
  return 0;
}

SysResult sys_setitimer(Caller& caller, std::int32_t which, GuestPtr<uapi::Itimerval> value,
                        GuestPtr<uapi::Itimerval> old_value) {
  const IntervalTimer which_timer = LIND_TRY(interval_timer(which));
  const uapi::Itimerval given = value.is_null() ? uapi::Itimerval{} : LIND_TRY(value.read());
  const AlarmClock::Timer timer = LIND_TRY(from_guest(given));
  const AlarmClock::Timer old = set_timer(caller, which_timer, timer);
  if (!old_value.is_null()) LIND_TRY(old_value.write(to_guest(old)));
  return 0;
}

}  // namespace lind::rawposix
