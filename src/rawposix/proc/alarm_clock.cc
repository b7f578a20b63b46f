#include "rawposix/proc/alarm_clock.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/check.h"
#include "base/checked.h"
#include "host/time.h"
#include "rawposix/process.h"

namespace lind::rawposix {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

}  // namespace

AlarmClock::AlarmClock() {
  // The thread takes no host signal: those are for threads that expect them.
  sigset_t all{};
  sigset_t before{};
  LIND_CHECK(::sigfillset(&all) == 0);
  LIND_CHECK(::pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
  thread_ = std::thread([this] { ring(); });
  LIND_CHECK(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

AlarmClock::~AlarmClock() {
  {
    const MutexLock lock(mu_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

AlarmClock::Timer AlarmClock::remaining_locked(std::uint32_t pid) const {
  const auto found = entries_.find(pid);
  if (found == entries_.end()) return {};
  // A timer that is due but has not rung yet still runs: Linux answers at least 1 us then.
  const std::int64_t left = found->second.deadline_ns - host::monotonic_ns();
  return {.remaining_ns = std::max<std::int64_t>(left, 1000),
          .interval_ns = found->second.interval_ns};
}

AlarmClock::Timer AlarmClock::get(std::uint32_t pid) const {
  const MutexLock lock(mu_);
  return remaining_locked(pid);
}

AlarmClock::Timer AlarmClock::set(std::uint32_t pid, const std::shared_ptr<Process>& process,
                                  const Timer& timer) {
  const MutexLock lock(mu_);
  const Timer old = remaining_locked(pid);
  entries_.erase(pid);
  if (timer.remaining_ns == 0) return old;
  entries_.emplace(pid, Entry{.process = process,
                              .deadline_ns = host::deadline_after(timer.remaining_ns),
                              .interval_ns = timer.interval_ns});
  changed_.notify_all();
  return old;
}

void AlarmClock::cancel(std::uint32_t pid) {
  const MutexLock lock(mu_);
  entries_.erase(pid);
}

std::shared_ptr<Process> AlarmClock::take_due_locked(std::int64_t now_ns, std::int64_t* next_ns) {
  *next_ns = kNever;
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    Entry& entry = it->second;
    if (entry.deadline_ns > now_ns) {
      *next_ns = std::min(*next_ns, entry.deadline_ns);
      continue;
    }
    std::shared_ptr<Process> process = entry.process.lock();
    if (entry.interval_ns == 0) {
      entries_.erase(it);
    } else {
      // Periods that were missed ring once.
      const std::int64_t late_ns = (now_ns - entry.deadline_ns) % entry.interval_ns;
      entry.deadline_ns = checked_add(now_ns - late_ns, entry.interval_ns).value_or(kNever);
    }
    *next_ns = now_ns;
    return process;
  }
  return nullptr;
}

void AlarmClock::ring() {
  for (;;) {
    std::shared_ptr<Process> due;
    {
      const MutexLock lock(mu_);
      if (stop_) return;
      std::int64_t next_ns = kNever;
      const std::int64_t now_ns = host::monotonic_ns();
      due = take_due_locked(now_ns, &next_ns);
      if (next_ns == kNever) {
        changed_.wait(mu_);
      } else if (next_ns > now_ns) {
        (void)changed_.wait_for(mu_, std::chrono::nanoseconds(next_ns - now_ns));
      }
    }
    if (due != nullptr) due->send_signal(sent_signal(uapi::kSIGALRM, uapi::kSI_KERNEL, 0));
  }
}

}  // namespace lind::rawposix
