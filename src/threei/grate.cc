#include "threei/grate.h"

#include <algorithm>
#include <utility>

#include "host/time.h"

namespace lind::threei {
namespace {

/// For a new thread of the grate to get as far as the service that makes it an activation.
constexpr std::int64_t kGrowDeadlineNs = 10'000'000'000;

}  // namespace

Result<Activation*> Grate::take(runtime::Thread& caller) {
  const MutexLock lock(mu_);
  for (;;) {
    if (closed()) return uapi::Errno::kESRCH;
    if (idle_.size() > 1) {
      Activation* const taken = idle_.back();
      idle_.pop_back();
      return taken;
    }
    if (idle_.size() == 1 && !growing_) {
      LIND_TRY(grow_locked(caller));
      continue;
    }
    if (!idle_changed_.wait(mu_, caller, std::nullopt).ok()) return uapi::Errno::kERESTARTSYS;
  }
}

// The last idle activation starts a thread of the grate, which becomes one too.
Result<void> Grate::grow_locked(runtime::Thread& caller) {
  Activation& last = *idle_.back();
  idle_.pop_back();
  growing_ = true;
  const std::uint64_t num_before = num_added_;
  mu_.unlock();
  std::optional<std::uint64_t> grown;
  if (enter(last)) {
    grown = run_activation(last, {.number = 0,
                                  .flags = uapi::kGrow,
                                  .caller = 0,
                                  .target = 0,
                                  .grate = to_u32(id_),
                                  .handler = 0,
                                  .args = {},
                                  .owners = {}});
    leave(last);
  }
  mu_.lock();
  growing_ = false;
  idle_.push_back(&last);
  idle_changed_.wake_all();
  if (closed()) return uapi::Errno::kESRCH;
  if (!grown) return caller.interrupted() ? uapi::Errno::kERESTARTSYS : uapi::Errno::kEAGAIN;
  if (*grown != 0) return uapi::Errno::kEAGAIN;
  const std::int64_t deadline = host::monotonic_ns() + kGrowDeadlineNs;
  while (num_added_ == num_before && !closed()) {
    const Result<void> slept = idle_changed_.wait(mu_, caller, deadline);
    if (slept.ok()) continue;
    return slept.error() == uapi::Errno::kEINTR ? uapi::Errno::kERESTARTSYS : uapi::Errno::kEAGAIN;
  }
  return {};
}

void Grate::give_back(Activation& activation) {
  const MutexLock lock(mu_);
  if (activation.spent || closed()) return;
  idle_.push_back(&activation);
  idle_changed_.wake_all();
}

bool Grate::add(runtime::Thread& thread, runtime::EntryPoint entry, GuestAddr block) {
  const MutexLock lock(mu_);
  if (closed()) return false;
  all_.push_back(std::make_unique<Activation>());
  Activation& added = *all_.back();
  added.thread = &thread;
  added.memory = &thread.instance().memory();
  added.entry = entry;
  added.block = block;
  idle_.push_back(&added);
  ++num_added_;
  idle_changed_.wake_all();
  return true;
}

Result<void> Grate::await_idle(runtime::Thread& thread) {
  const MutexLock lock(mu_);
  while (idle_.empty()) {
    if (closed()) return uapi::Errno::kESRCH;
    LIND_TRY(idle_changed_.wait(mu_, thread, std::nullopt));
  }
  return {};
}

bool Grate::any_busy_locked() const {
  return std::ranges::any_of(all_, [](const auto& activation) { return activation->busy.load(); });
}

void Grate::tell_closer() noexcept {
  const MutexLock lock(mu_);
  left_.notify_all();
}

void Grate::close() {
  const MutexLock lock(mu_);
  closed_ = true;
  idle_changed_.wake_all();
  while (any_busy_locked())
    left_.wait(mu_);
  idle_.clear();
}

}  // namespace lind::threei
