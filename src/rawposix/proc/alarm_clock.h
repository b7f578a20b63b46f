/// \file
/// Timers that send SIGALRM.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <thread>

#include "base/mutex.h"

namespace lind::rawposix {

class Process;

/// ITIMER_REAL of all processes, in one host thread.  It is started with the kernel: later a guest
/// could have used up the host's threads.
///
/// Ownership: the Kernel, which destroys it before any process.
/// Threading: any thread.  Lock order: AlarmClock::mu_ is a leaf; signals are sent outside it.
class AlarmClock {
 public:
  /// `remaining_ns` of 0 is a timer that does not run.
  struct Timer {
    std::int64_t remaining_ns = 0;
    std::int64_t interval_ns = 0;
  };

  AlarmClock();
  ~AlarmClock();
  AlarmClock(const AlarmClock&) = delete;
  AlarmClock& operator=(const AlarmClock&) = delete;

  Timer get(std::uint32_t pid) const LIND_EXCLUDES(mu_);
  /// Replaces the timer of `process` and returns what was left of the old one.
  Timer set(std::uint32_t pid, const std::shared_ptr<Process>& process, const Timer& timer)
      LIND_EXCLUDES(mu_);
  void cancel(std::uint32_t pid) LIND_EXCLUDES(mu_);

 private:
  struct Entry {
    std::weak_ptr<Process> process;
    std::int64_t deadline_ns;
    std::int64_t interval_ns;
  };
  Timer remaining_locked(std::uint32_t pid) const LIND_REQUIRES(mu_);
  void ring() LIND_EXCLUDES(mu_);
  std::shared_ptr<Process> take_due_locked(std::int64_t now_ns, std::int64_t* next_ns)
      LIND_REQUIRES(mu_);

  mutable Mutex mu_;
  std::map<std::uint32_t, Entry> entries_ LIND_GUARDED_BY(mu_);  ///< by pid
  bool stop_ LIND_GUARDED_BY(mu_) = false;
  std::condition_variable_any changed_;
  std::thread thread_;
};

}  // namespace lind::rawposix
