/// \file
/// Host threads that run one job after another.

#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace lind::host {

/// Runs jobs on recycled threads: starting a guest thread then costs a futex wake, not a clone.
///
/// Every thread has an alternate signal stack and blocks all signals but faults and the kick, so
/// that the process's own signals (terminal, timers) go to threads that expect them.
/// Ownership: the destructor waits for all jobs, also those that jobs start, and joins all threads.
/// Threading: run may be called on any thread, also from a job.
/// Lock order: ThreadPool::mu_ is a leaf.
class ThreadPool {
 public:
  ThreadPool() = default;
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Starts `job` on an idle thread or a new one.  Errors: EAGAIN (no more host threads).
  Result<void> run(std::function<void()> job) LIND_EXCLUDES(mu_);

 private:
  struct Worker {
    ThreadPool* pool = nullptr;
    std::function<void()> job;  // written by run before `state` becomes kJob, then the worker's
    std::atomic<std::uint32_t> state{};
    pthread_t thread{};
  };
  static void* thread_main(void* worker);
  void work(Worker& worker) LIND_EXCLUDES(mu_);
  Result<void> start_worker_locked(std::function<void()> job) LIND_REQUIRES(mu_);

  Mutex mu_;
  std::vector<std::unique_ptr<Worker>> workers_ LIND_GUARDED_BY(mu_);
  std::vector<Worker*> idle_ LIND_GUARDED_BY(mu_);
  std::atomic<std::uint32_t> num_busy_{0};  ///< changes under mu_; the destructor sleeps on it
};

}  // namespace lind::host
