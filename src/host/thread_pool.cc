#include "host/thread_pool.h"

#include <signal.h>

#include <utility>

#include <climits>

#include "base/check.h"
#include "host/alternate_stack.h"
#include "host/errno.h"
#include "host/futex.h"
#include "host/kick_signal.h"

namespace lind::host {
namespace {

// Worker::state
constexpr std::uint32_t kIdle = 0;
constexpr std::uint32_t kJob = 1;
constexpr std::uint32_t kStop = 2;

// New threads inherit the mask of the thread that makes them.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t blocked{};
    LIND_CHECK(::sigfillset(&blocked) == 0);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, kKickSignal}) {
      LIND_CHECK(::sigdelset(&blocked, signal) == 0);
    }
    LIND_CHECK(::pthread_sigmask(SIG_SETMASK, &blocked, &before_) == 0);
  }
  ~BlockSignals() { LIND_CHECK(::pthread_sigmask(SIG_SETMASK, &before_, nullptr) == 0); }
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

ThreadPool::~ThreadPool() {
  // Only jobs may call run now, and a job counts as busy until it has returned.
  for (std::uint32_t busy = num_busy_; busy != 0; busy = num_busy_)
    futex_wait(num_busy_, busy);
  const MutexLock lock(mu_);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->state = kStop;
    futex_wake(worker->state, 1);
  }
  // Workers take mu_ only around a job, and none has one.
  for (const std::unique_ptr<Worker>& worker : workers_) {
    LIND_CHECK(::pthread_join(worker->thread, nullptr) == 0);
  }
}

Result<void> ThreadPool::run(std::function<void()> job) {
  Worker* worker = nullptr;
  {
    const MutexLock lock(mu_);
    if (idle_.empty()) return start_worker_locked(std::move(job));
    worker = idle_.back();
    idle_.pop_back();
    ++num_busy_;
  }
  worker->job = std::move(job);
  worker->state = kJob;
  futex_wake(worker->state, 1);
  return {};
}

Result<void> ThreadPool::start_worker_locked(std::function<void()> job) {
  auto worker = std::make_unique<Worker>();
  worker->pool = this;
  worker->job = std::move(job);
  worker->state = kJob;
  const BlockSignals blocked;
  const int error = ::pthread_create(&worker->thread, nullptr, thread_main, worker.get());
  if (error != 0) return to_errno(error);
  ++num_busy_;
  workers_.push_back(std::move(worker));
  return {};
}

void* ThreadPool::thread_main(void* worker) {
  auto* const self = static_cast<Worker*>(worker);
  self->pool->work(*self);
  return nullptr;
}

void ThreadPool::work(Worker& worker) {
  ensure_alternate_stack();
  for (;;) {
    const std::uint32_t state = worker.state;
    if (state == kStop) return;
    if (state == kIdle) {
      futex_wait(worker.state, kIdle);
      continue;
    }
    std::exchange(worker.job, nullptr)();
    const MutexLock lock(mu_);
    worker.state = kIdle;
    idle_.push_back(&worker);
    if (--num_busy_ == 0) futex_wake(num_busy_, INT_MAX);
  }
}

}  // namespace lind::host
