/// \file
/// Timers that send signals.

#pragma once

#include <compare>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "base/mutex.h"
#include "base/result.h"

namespace lind::rawposix {

class Process;

/// Which timer: those of setitimer have numbers of their own, those of timer_create count from 0.
struct TimerKey {
  std::uint32_t pid = 0;
  std::int32_t number = 0;
  friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
};
inline constexpr std::int32_t kRealTimer = -1;     ///< ITIMER_REAL, alarm
inline constexpr std::int32_t kVirtualTimer = -2;  ///< ITIMER_VIRTUAL
inline constexpr std::int32_t kProfileTimer = -3;  ///< ITIMER_PROF

inline constexpr std::int32_t kCpuWarningTimer = -4;  ///< RLIMIT_CPU, soft: SIGXCPU each second
inline constexpr std::int32_t kCpuEndTimer = -5;      ///< RLIMIT_CPU, hard: SIGKILL

/// What a timer counts and what it says.
struct TimerKind {
  enum class Counts : std::uint8_t { kTime, kProcessCpu, kThreadCpu } counts = Counts::kTime;
  std::int32_t clock = 0;         ///< the guest's number of it
  std::uint32_t counted_tid = 0;  ///< kThreadCpu
  std::int32_t signo = 0;         ///< 0: none
  std::uint32_t told_tid = 0;     ///< thread that gets the signal; 0: the process
  std::uint32_t value = 0;        ///< sigev_value
  bool value_is_number = false;   ///< no sigevent was given: the value is the timer's number
};

/// Timers of all processes, in one host thread.  It is started with the kernel: later a guest
/// could have used up the host's threads.  It sleeps until the next timer is due; for one that
/// counts CPU time, until its processes could have used as much, and then looks again.
///
/// Ownership: the Kernel, which destroys it before any process.
/// Threading: any thread.  Lock order: AlarmClock::mu_ is a leaf; signals are sent and CPU time is
///   asked outside it.
class AlarmClock {
 public:
  /// Of one process; timer_create answers EAGAIN then.
  static constexpr std::int32_t kMaxTimers = 1024;

  /// `remaining_ns` of 0 is a timer that does not run.
  struct Timer {
    std::int64_t remaining_ns = 0;
    std::int64_t interval_ns = 0;
  };

  AlarmClock();
  ~AlarmClock();
  AlarmClock(const AlarmClock&) = delete;
  AlarmClock& operator=(const AlarmClock&) = delete;

  /// A timer of timer_create that does not run; its number.  Errors: EAGAIN (kMaxTimers).
  Result<std::int32_t> create(const std::shared_ptr<Process>& process, const TimerKind& kind)
      LIND_EXCLUDES(mu_);
  /// Nothing if there is no such timer.
  std::optional<TimerKind> kind(const TimerKey& key) const LIND_EXCLUDES(mu_);
  /// Zeros if there is no such timer.
  Timer get(const TimerKey& key) const LIND_EXCLUDES(mu_);
  /// Replaces the setting of a timer of setitimer, made if need be, and returns what was left.
  Timer set(const TimerKey& key, const std::shared_ptr<Process>& process, const TimerKind& kind,
            const Timer& timer) LIND_EXCLUDES(mu_);
  /// The same for one of timer_create.  Errors: EINVAL (no such timer).
  Result<Timer> set(const TimerKey& key, const Timer& timer) LIND_EXCLUDES(mu_);
  /// False if there is no such timer.
  bool remove(const TimerKey& key) LIND_EXCLUDES(mu_);
  /// exec: those of timer_create.
  void remove_created(std::uint32_t pid) LIND_EXCLUDES(mu_);
  void remove_all(std::uint32_t pid) LIND_EXCLUDES(mu_);

 private:
  struct Entry {
    std::weak_ptr<Process> process;
    TimerKind kind;
    bool runs = false;
    std::int64_t look_at_ns = 0;   ///< CLOCK_MONOTONIC: when to look at it again
    std::int64_t deadline_ns = 0;  ///< of what it counts
    std::int64_t interval_ns = 0;
  };
  /// A timer that may have rung, seen outside the lock.
  struct Due {
    TimerKey key;
    std::shared_ptr<Process> process;
    TimerKind kind;
    std::int64_t now_ns = 0;  ///< of what it counts
    std::size_t threads = 0;  ///< of the process
    std::uint32_t times = 0;  ///< periods that have ended
  };
  static std::int64_t now_of(const Process& process, const TimerKind& kind);
  static Timer remaining(const Entry& entry, std::int64_t now_ns);
  std::shared_ptr<Process> process_of(const TimerKey& key, TimerKind* kind) const
      LIND_EXCLUDES(mu_);
  Timer set_entry_locked(Entry& entry, const Timer& timer, std::int64_t now_ns) LIND_REQUIRES(mu_);
  void ring() LIND_EXCLUDES(mu_);
  std::optional<Due> find_due_locked(std::int64_t now_ns, std::int64_t* next_ns) LIND_REQUIRES(mu_);
  void settle(Due& due) LIND_EXCLUDES(mu_);

  mutable Mutex mu_;
  std::map<TimerKey, Entry> entries_ LIND_GUARDED_BY(mu_);
  bool stop_ LIND_GUARDED_BY(mu_) = false;
  std::condition_variable_any changed_;
  std::thread thread_;
};

}  // namespace lind::rawposix
