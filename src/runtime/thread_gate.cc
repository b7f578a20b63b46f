#include "runtime/thread_gate.h"

#include <algorithm>

#include <climits>

#include "host/futex.h"
#include "host/time.h"
#include "runtime/thread_state_internal.h"

namespace lind::runtime {
namespace {

constexpr std::int64_t kPatienceNs = 1'000'000;
constexpr std::uint32_t kMaxSkips = 64;

}  // namespace

void ThreadGate::join(Thread& thread) {
  const MutexLock lock(mu_);
  threads_.push_back(&thread);
  num_threads_.fetch_add(1, std::memory_order_relaxed);
}

// Release, and acquire below: the thread that stays has seen the last stores of those that left.
void ThreadGate::leave(Thread& thread) {
  {
    const MutexLock lock(mu_);
    std::erase(threads_, &thread);
    num_threads_.fetch_sub(1, std::memory_order_release);
  }
  if (is_closed_ == 0) return;
  ++num_arrivals_;
  host::futex_wake(num_arrivals_, 1);
}

bool ThreadGate::has_one_thread() const noexcept {
  return num_threads_.load(std::memory_order_acquire) == 1;
}

// --- the thread that closes the gate
// --------------------------------------------------------------

bool ThreadGate::close(Thread& self) {
  if (is_closing_.exchange(1) != 0) return false;
  if (num_to_skip_ > 0) {
    --num_to_skip_;
    is_closing_ = 0;
    return false;
  }
  // From here on a thread that begins to run finds the gate closed, or was seen running by look.
  is_closed_ = 1;
  if (await_others(self)) {
    num_failures_ = 0;
    return true;
  }
  num_to_skip_ = std::min(kMaxSkips, 1U << std::min(num_failures_, 6U));
  ++num_failures_;
  open();
  return false;
}

bool ThreadGate::await_others(const Thread& self) {
  const std::int64_t deadline_ns = host::deadline_after(kPatienceNs);
  for (bool kick = true;; kick = false) {
    const std::uint32_t seen = num_arrivals_;
    const Others others = look(self, kick);
    if (others != Others::kMoving) return others == Others::kStill;
    const std::int64_t left_ns = deadline_ns - host::monotonic_ns();
    if (left_ns <= 0) return false;
    host::futex_wait_for(num_arrivals_, seen, left_ns);
  }
}

ThreadGate::Others ThreadGate::look(const Thread& self, bool kick) {
  const MutexLock lock(mu_);
  Others others = Others::kStill;
  for (Thread* const thread : threads_) {
    if (thread == &self) continue;
    switch (thread->state().place.load()) {
      case ThreadPlace::kRunning:
        others = Others::kMoving;
        if (kick) thread->kick();
        break;
      case ThreadPlace::kBlocked:
        if (!thread->in_flight().empty()) return Others::kWriting;
        break;
      case ThreadPlace::kPaused:
        break;
    }
  }
  return others;
}

void ThreadGate::open() noexcept {
  is_closed_ = 0;
  host::futex_wake(is_closed_, INT_MAX);
  is_closing_ = 0;
}

// --- the others
// -----------------------------------------------------------------------------------

// Each stores its place and then looks at the gate; close does the same the other way round, so
// that one of the two sees the other.  All of it is sequentially consistent.
void ThreadGate::pass(Thread& thread) noexcept {
  std::atomic<ThreadPlace>& place = thread.state().place;
  while (is_closed_ != 0) {
    place = ThreadPlace::kPaused;
    ++num_arrivals_;
    host::futex_wake(num_arrivals_, 1);
    host::futex_wait(is_closed_, 1);
    place = ThreadPlace::kRunning;
  }
}

void ThreadGate::begin_block(Thread& thread) noexcept {
  thread.state().place = ThreadPlace::kBlocked;
  if (is_closed_ == 0) return;
  ++num_arrivals_;
  host::futex_wake(num_arrivals_, 1);
}

void ThreadGate::end_block(Thread& thread) noexcept {
  thread.state().place = ThreadPlace::kRunning;
  pass(thread);
}

}  // namespace lind::runtime
