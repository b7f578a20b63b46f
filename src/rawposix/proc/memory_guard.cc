#include "rawposix/proc/memory_guard.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <set>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/units.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/time_values.h"
#include "rawposix/process.h"

namespace lind::rawposix {
namespace {

/// More than a CPU fills: a fault on a page of 4 KiB takes 0.25 us, huge pages stream to memory.
constexpr std::uint64_t kFillBytesPerNs = 16;
constexpr std::int64_t kShortestNs = 5'000'000;
constexpr std::int64_t kLongestNs = 10 * kNsPerSecond;

/// The most this process ever had; until it is too much there is nothing to add up.
std::uint64_t peak_bytes() noexcept {
  struct rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * kKiB;
}

}  // namespace

struct MemoryGuard::State {
  State(ProcessTree& of, std::uint64_t limit) : tree(&of), limit_bytes(limit) {}
  Mutex mu;                               ///< before ProcessTree::mu_
  ProcessTree* tree LIND_GUARDED_BY(mu);  ///< null: the guard is gone
  const std::uint64_t limit_bytes;

  std::uint64_t look_locked() LIND_REQUIRES(mu);
};

MemoryGuard::MemoryGuard(ProcessTree& tree, std::uint64_t limit_bytes)
    : state_(std::make_shared<State>(tree, limit_bytes)) {
  // The thread takes no host signal: those are for threads that expect them.
  sigset_t all{};
  sigset_t before{};
  LIND_CHECK(::sigfillset(&all) == 0);
  LIND_CHECK(::pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
  std::thread([state = state_] { run(state); }).detach();
  LIND_CHECK(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

MemoryGuard::~MemoryGuard() {
  const MutexLock lock(state_->mu);
  state_->tree = nullptr;
}

void MemoryGuard::run(const std::shared_ptr<State>& state) {
  for (;;) {
    std::uint64_t left_bytes = 0;
    {
      const MutexLock lock(state->mu);
      if (state->tree == nullptr) return;
      left_bytes = state->look_locked();
    }
    const std::int64_t sleep_ns = std::clamp(
        static_cast<std::int64_t>(left_bytes / kFillBytesPerNs), kShortestNs, kLongestNs);
    const timespec time{.tv_sec = sleep_ns / kNsPerSecond, .tv_nsec = sleep_ns % kNsPerSecond};
    (void)::clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, nullptr);
  }
}

// Returns how much may come before the next look.
std::uint64_t MemoryGuard::State::look_locked() {
  const std::uint64_t peak = peak_bytes();
  if (peak < limit_bytes) return limit_bytes - peak;
  std::uint64_t total = 0;
  std::uint64_t most = 0;
  std::shared_ptr<Process> largest;
  std::set<const void*> counted;  // files that several have
  for (const std::shared_ptr<Process>& process : tree->all()) {
    std::uint64_t own = 0;
    for (const runtime::ResidentPart& part : process->resident_parts()) {
      own += part.num_bytes;
      if (part.shared == nullptr || counted.insert(part.shared).second) total += part.num_bytes;
    }
    if (own <= most) continue;
    most = own;
    largest = process;
  }
  if (total < limit_bytes) return limit_bytes - total;
  if (largest == nullptr) return 0;
  log::error("the cages have {} MiB of memory, {} are allowed: process {}, which has {}, is killed",
             total / kMiB, limit_bytes / kMiB, largest->pid(), most / kMiB);
  largest->send_signal(sent_signal(uapi::kSIGKILL, uapi::kSI_KERNEL, 0));
  return 0;
}

}  // namespace lind::rawposix
