// timer_create and its kin.  Source: kernel/time/posix-timers.c, v6.1.

#include <algorithm>

#include "rawposix/proc/alarm_clock.h"
#include "rawposix/proc/clocks.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

TimerKey key_of(Caller& caller, std::int32_t id) {
  // Negative numbers are the timers of setitimer.
  return {.pid = caller.process().pid(), .number = id < 0 ? INT32_MAX : id};
}

uapi::Itimerspec to_guest(const AlarmClock::Timer& timer) noexcept {
  return {.interval = to_timespec(timer.interval_ns), .value = to_timespec(timer.remaining_ns)};
}

Result<void> choose_clock(Caller& caller, std::int32_t clock, TimerKind* kind) {
  kind->clock = clock;
  switch (clock) {
    case uapi::kCLOCK_REALTIME:
    case uapi::kCLOCK_MONOTONIC:
    case uapi::kCLOCK_BOOTTIME:
    case uapi::kCLOCK_TAI:
      return {};
    default:
      break;
  }
  if (is_shared_clock(clock)) return uapi::Errno::kEOPNOTSUPP;
  const std::optional<CpuClock> cpu = cpu_clock(caller, clock);
  if (!cpu) return uapi::Errno::kEINVAL;
  // It would have to hold another process.
  if (cpu->pid != caller.process().pid()) return uapi::Errno::kEINVAL;
  kind->counts = cpu->tid == 0 ? TimerKind::Counts::kProcessCpu : TimerKind::Counts::kThreadCpu;
  kind->counted_tid = cpu->tid;
  return {};
}

// Source: good_sigevent.
Result<void> choose_notice(Caller& caller, const uapi::SigEvent& event, TimerKind* kind) {
  kind->value = event.value;
  switch (event.notify) {
    case uapi::kSIGEV_NONE:
      return {};
    case uapi::kSIGEV_THREAD_ID:
    case uapi::kSIGEV_THREAD_ID | uapi::kSIGEV_THREAD:
      kind->told_tid = static_cast<std::uint32_t>(event.tid);
      if (!caller.process().has_thread(kind->told_tid)) return uapi::Errno::kEINVAL;
      break;
    case uapi::kSIGEV_SIGNAL:
    case uapi::kSIGEV_THREAD:
      break;
    default:
      return uapi::Errno::kEINVAL;
  }
  if (!is_signal(event.signo)) return uapi::Errno::kEINVAL;
  kind->signo = event.signo;
  return {};
}

}  // namespace

SysResult sys_timer_create(Caller& caller, std::int32_t clock, GuestPtr<uapi::SigEvent> event,
                           GuestPtr<std::int32_t> id) {
  TimerKind kind;
  if (!event.is_null()) {
    const uapi::SigEvent given = LIND_TRY(event.read());
    LIND_TRY(choose_clock(caller, clock, &kind));
    LIND_TRY(choose_notice(caller, given, &kind));
  } else {
    LIND_TRY(choose_clock(caller, clock, &kind));
    kind.signo = uapi::kSIGALRM;
  }
  kind.value_is_number = event.is_null();
  AlarmClock& alarms = caller.kernel().alarms();
  const std::int32_t number = LIND_TRY(alarms.create(caller.process().shared_from_this(), kind));
  const Result<void> told = id.write(number);
  if (told.ok()) return 0;
  // As on Linux, whose own copy comes after the timer too.
  (void)alarms.remove(key_of(caller, number));
  return told.error();
}

SysResult sys_timer_settime(Caller& caller, std::int32_t id, std::int32_t flags,
                            GuestPtr<uapi::Itimerspec> value,
                            GuestPtr<uapi::Itimerspec> old_value) {
  if (value.is_null()) return uapi::Errno::kEINVAL;
  const uapi::Itimerspec given = LIND_TRY(value.read());
  std::optional<std::int64_t> value_ns = to_ns(given.value);
  const std::optional<std::int64_t> interval_ns = to_ns(given.interval);
  if (!value_ns || !interval_ns) return uapi::Errno::kEINVAL;
  AlarmClock& alarms = caller.kernel().alarms();
  const std::optional<TimerKind> kind = alarms.kind(key_of(caller, id));
  if (!kind) return uapi::Errno::kEINVAL;
  if ((flags & uapi::kTIMER_ABSTIME) != 0 && *value_ns != 0) {
    const std::int64_t now_ns = LIND_TRY(clock_ns(caller, kind->clock));
    value_ns = std::max<std::int64_t>(*value_ns - now_ns, 1);  // what has passed rings at once
  }
  const AlarmClock::Timer old =
      LIND_TRY(alarms.set(key_of(caller, id), {.remaining_ns = *value_ns,
                                               .interval_ns = *value_ns == 0 ? 0 : *interval_ns}));
  if (!old_value.is_null()) LIND_TRY(old_value.write(to_guest(old)));
  return 0;
}

SysResult sys_timer_gettime(Caller& caller, std::int32_t id, GuestPtr<uapi::Itimerspec> value) {
  AlarmClock& alarms = caller.kernel().alarms();
  if (!alarms.kind(key_of(caller, id))) return uapi::Errno::kEINVAL;
  LIND_TRY(value.write(to_guest(alarms.get(key_of(caller, id)))));
  return 0;
}

SysResult sys_timer_getoverrun(Caller& caller, std::int32_t id) {
  if (!caller.kernel().alarms().kind(key_of(caller, id))) return uapi::Errno::kEINVAL;
  return caller.process().timer_overrun(id);
}

SysResult sys_timer_delete(Caller& caller, std::int32_t id) {
  if (!caller.kernel().alarms().remove(key_of(caller, id))) return uapi::Errno::kEINVAL;
  return 0;
}

}  // namespace lind::rawposix
