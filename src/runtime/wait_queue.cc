#include "runtime/wait_queue.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace lind::runtime {

Result<void> WaitQueue::wait(Mutex& mu, Thread& thread, std::optional<std::int64_t> deadline_ns) {
  thread.prepare_sleep();
  {
    const MutexLock lock(list_mu_);
    waiting_.push_back(&thread);
  }
  // From here on wake_all reaches us: a change of the condition after the unlock is not missed.
  mu.unlock();
  const Result<void> slept = thread.sleep(deadline_ns);
  {
    const MutexLock lock(list_mu_);
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &thread));
  }
  mu.lock();
  return slept;
}

// Whoever wakes up takes the lock first of all: it would sleep again if we still had it.
void WaitQueue::wake_all() noexcept {
  std::array<Thread::Wakeup, 8> first{};
  {
    const MutexLock lock(list_mu_);
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const Thread::Wakeup wakeup = waiting_[i]->begin_wake();
      if (i < first.size()) {
        first[i] = wakeup;
      } else {
        Thread::finish_wake(wakeup);
      }
    }
  }
  for (const Thread::Wakeup& wakeup : first)
    Thread::finish_wake(wakeup);
}

}  // namespace lind::runtime
