#include "rawposix/proc/alarm_clock.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

#include "base/check.h"
#include "base/checked.h"
#include "host/time.h"
#include "rawposix/process.h"
#include "uapi/errno.h"

namespace lind::rawposix {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
/// CPU time is looked at no more often than this.
constexpr std::int64_t kCpuStepNs = 1'000'000;

// A sum that stays at the end of time.
std::int64_t later(std::int64_t time_ns, std::int64_t add_ns) noexcept {
  return checked_add(time_ns, add_ns).value_or(kNever);
}

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

std::int64_t AlarmClock::now_of(const Process& process, const TimerKind& kind) {
  switch (kind.counts) {
    case TimerKind::Counts::kTime:
      break;
    case TimerKind::Counts::kProcessCpu: {
      const Usage usage = process.usage();
      return usage.user_ns + usage.system_ns;
    }
    case TimerKind::Counts::kThreadCpu:
      return process.thread_cpu_ns(kind.counted_tid).value_or(0);
  }
  return host::monotonic_ns();
}

AlarmClock::Timer AlarmClock::remaining(const Entry& entry, std::int64_t now_ns) {
  if (!entry.runs) return {.remaining_ns = 0, .interval_ns = entry.interval_ns};
  // A timer that is due but has not rung yet still runs: Linux answers at least 1 us then.
  return {.remaining_ns = std::max<std::int64_t>(entry.deadline_ns - now_ns, 1000),
          .interval_ns = entry.interval_ns};
}

std::shared_ptr<Process> AlarmClock::process_of(const TimerKey& key, TimerKind* kind) const {
  const MutexLock lock(mu_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  *kind = found->second.kind;
  return found->second.process.lock();
}

Result<std::int32_t> AlarmClock::create(const std::shared_ptr<Process>& process,
                                        const TimerKind& kind) {
  const MutexLock lock(mu_);
  TimerKey key{.pid = process->pid(), .number = 0};
  while (entries_.contains(key)) {
    if (++key.number == kMaxTimers) return uapi::Errno::kEAGAIN;
  }
  Entry& entry = entries_[key];
  entry.process = process;
  entry.kind = kind;
  if (kind.value_is_number) entry.kind.value = static_cast<std::uint32_t>(key.number);
  return key.number;
}

std::optional<TimerKind> AlarmClock::kind(const TimerKey& key) const {
  const MutexLock lock(mu_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second.kind;
}

AlarmClock::Timer AlarmClock::get(const TimerKey& key) const {
  TimerKind kind;
  const std::shared_ptr<Process> process = process_of(key, &kind);
  if (process == nullptr) return {};
  const std::int64_t now_ns = now_of(*process, kind);
  const MutexLock lock(mu_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? Timer{} : remaining(found->second, now_ns);
}

AlarmClock::Timer AlarmClock::set_entry_locked(Entry& entry, const Timer& timer,
                                               std::int64_t now_ns) {
  const Timer old = remaining(entry, now_ns);
  entry.runs = timer.remaining_ns != 0;
  entry.interval_ns = timer.interval_ns;
  entry.deadline_ns = later(now_ns, timer.remaining_ns);
  entry.look_at_ns = host::deadline_after(timer.remaining_ns);
  // Several threads use CPU time faster than it passes.
  if (entry.kind.counts != TimerKind::Counts::kTime) entry.look_at_ns = host::monotonic_ns();
  changed_.notify_all();
  return old;
}

AlarmClock::Timer AlarmClock::set(const TimerKey& key, const std::shared_ptr<Process>& process,
                                  const TimerKind& kind, const Timer& timer) {
  const std::int64_t now_ns = now_of(*process, kind);
  const MutexLock lock(mu_);
  Entry& entry = entries_[key];
  entry.process = process;
  entry.kind = kind;
  const Timer old = set_entry_locked(entry, timer, now_ns);
  if (!entry.runs) entries_.erase(key);
  return old;
}

Result<AlarmClock::Timer> AlarmClock::set(const TimerKey& key, const Timer& timer) {
  TimerKind kind;
  const std::shared_ptr<Process> process = process_of(key, &kind);
  if (process == nullptr) return uapi::Errno::kEINVAL;
  const std::int64_t now_ns = now_of(*process, kind);
  const MutexLock lock(mu_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return uapi::Errno::kEINVAL;
  return set_entry_locked(found->second, timer, now_ns);
}

bool AlarmClock::remove(const TimerKey& key) {
  const MutexLock lock(mu_);
  return entries_.erase(key) != 0;
}

void AlarmClock::remove_created(std::uint32_t pid) {
  const MutexLock lock(mu_);
  std::erase_if(entries_, [pid](const auto& item) {
    return item.first.pid == pid && item.first.number >= 0;
  });
}

void AlarmClock::remove_all(std::uint32_t pid) {
  const MutexLock lock(mu_);
  std::erase_if(entries_, [pid](const auto& item) { return item.first.pid == pid; });
}

std::optional<AlarmClock::Due> AlarmClock::find_due_locked(std::int64_t now_ns,
                                                           std::int64_t* next_ns) {
  *next_ns = kNever;
  for (const auto& [key, entry] : entries_) {
    if (!entry.runs) continue;
    if (entry.look_at_ns <= now_ns) {
      return Due{.key = key, .process = entry.process.lock(), .kind = entry.kind};
    }
    *next_ns = std::min(*next_ns, entry.look_at_ns);
  }
  return std::nullopt;
}

// Counts the periods that have ended and says when to look next.
void AlarmClock::settle(Due& due) {
  const std::int64_t time_ns = host::monotonic_ns();
  const MutexLock lock(mu_);
  const auto found = entries_.find(due.key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  // It may have been set again since it was found due.
  if (!entry.runs || due.process == nullptr) {
    entry.runs = false;
    return;
  }
  if (entry.deadline_ns <= due.now_ns) {
    due.times = 1;
    if (entry.interval_ns == 0) {
      entry.runs = false;
    } else {
      const std::int64_t missed = (due.now_ns - entry.deadline_ns) / entry.interval_ns;
      due.times += static_cast<std::uint32_t>(std::min<std::int64_t>(missed, INT32_MAX - 1));
      const std::int64_t late_ns = (due.now_ns - entry.deadline_ns) % entry.interval_ns;
      entry.deadline_ns = later(due.now_ns - late_ns, entry.interval_ns);
    }
  }
  std::int64_t left_ns = std::max<std::int64_t>(entry.deadline_ns - due.now_ns, 0);
  if (entry.kind.counts != TimerKind::Counts::kTime) {
    const auto threads = static_cast<std::int64_t>(std::max<std::size_t>(due.threads, 1));
    left_ns = std::max(left_ns / threads, kCpuStepNs);
  }
  entry.look_at_ns = later(time_ns, left_ns);
  if (!entry.runs && due.key.number < 0) entries_.erase(found);
}

void AlarmClock::ring() {
  for (;;) {
    std::optional<Due> due;
    {
      const MutexLock lock(mu_);
      if (stop_) return;
      std::int64_t next_ns = kNever;
      const std::int64_t now_ns = host::monotonic_ns();
      due = find_due_locked(now_ns, &next_ns);
      if (!due && next_ns == kNever) {
        changed_.wait(mu_);
      } else if (!due) {
        (void)changed_.wait_for(mu_, std::chrono::nanoseconds(next_ns - now_ns));
      }
    }
    if (!due) continue;
    if (due->process != nullptr) {
      due->now_ns = now_of(*due->process, due->kind);
      due->threads = due->process->num_threads();
    }
    settle(*due);
    if (due->times != 0) due->process->timer_rang(due->key.number, due->kind, due->times);
  }
}

}  // namespace lind::rawposix
