#include "runtime/wait_queue.h"

#include <algorithm>

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

void WaitQueue::wake_all() noexcept {
  const MutexLock lock(list_mu_);
  for (Thread* const thread : waiting_)
    thread->wake();
}

}  // namespace lind::runtime
