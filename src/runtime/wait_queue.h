/// \file
/// Guest threads that wait for something inside the microvisor.

#pragma once

#include <optional>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "runtime/thread.h"

namespace lind::runtime {

/// A condition variable that signals of the guest can interrupt.
///
/// Usage: under `mu`, test the condition; while false, wait(mu, thread, deadline).
/// Threading: the mutex given to wait guards the queue's condition; wake_all may run with or
/// without it.
class WaitQueue {
 public:
  /// Releases `mu`, sleeps, takes `mu` again.
  /// Errors: EINTR (a signal is pending for the thread), ETIMEDOUT.
  Result<void> wait(Mutex& mu, Thread& thread, std::optional<std::int64_t> deadline_ns)
      LIND_TSA(requires_capability(mu));
  void wake_all() noexcept;

 private:
  Mutex list_mu_;  ///< leaf
  std::vector<Thread*> waiting_ LIND_GUARDED_BY(list_mu_);
};

}  // namespace lind::runtime
