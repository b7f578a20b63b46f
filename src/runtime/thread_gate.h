/// \file
/// The guest threads in one memory, and a way to make all but one of them pause.

#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"

namespace lind::runtime {

class Thread;

/// Where a guest thread is, as far as writes to its memory go.
enum class ThreadPlace : std::uint32_t {
  kRunning,  ///< may write: guest code, or host code on its behalf
  kBlocked,  ///< inside a blocking host call, which writes only what InFlightRanges says
  kPaused,   ///< at the gate
};

/// Folding pages of a memory back into their file, and moving them to another one, must not meet a
/// store to them (docs/fork.md, I4).  A thread that wants to do so closes the gate: the others run
/// into it on their way out of blocking calls and into guest code, where a kick sends them.
/// A thread that only answers calls of other cages has no host thread of its own to pause: while
/// there is one the gate does not close.
///
/// Ownership: an AddressSpace; threads join and leave, those of a vfork child too.
/// Threading: any.  Nothing is locked while a thread pauses.
/// Lock order: mu_ is a leaf; threads are kicked under it, which only signals a host thread.
class ThreadGate {
 public:
  void join(Thread& thread) LIND_EXCLUDES(mu_);
  void leave(Thread& thread) LIND_EXCLUDES(mu_);
  /// Stable for the thread itself: only it could make another one.
  bool has_one_thread() const noexcept;

  /// Closes the gate and waits until every thread but `self` has paused or is blocked in a call
  /// that writes nothing.  Gives up, and opens it again, when one sleeps in a call that may write,
  /// when one does not come within a millisecond, or when another thread is closing it.  After
  /// failures the next calls fail at once, the more the more there were.
  bool close(Thread& self) LIND_EXCLUDES(mu_);
  /// Requires: close returned true.
  void open() noexcept;

  /// For threads, without any lock held: around a blocking host call, and before guest code.
  void begin_block(Thread& thread) noexcept;
  void end_block(Thread& thread) noexcept;
  void pass(Thread& thread) noexcept;

 private:
  enum class Others : std::uint8_t { kStill, kMoving, kWriting };
  Others look(const Thread& self, bool kick) LIND_EXCLUDES(mu_);
  bool await_others(const Thread& self) LIND_EXCLUDES(mu_);

  mutable Mutex mu_;
  std::vector<Thread*> threads_ LIND_GUARDED_BY(mu_);
  std::atomic<std::uint32_t> num_threads_{0};   ///< changes under mu_
  std::atomic<std::uint32_t> is_closing_{0};    ///< one thread at a time
  std::atomic<std::uint32_t> is_closed_{0};     ///< paused threads sleep on it
  std::atomic<std::uint32_t> num_arrivals_{0};  ///< the closing thread sleeps on it
  // Of the thread that has set is_closing_.
  std::uint32_t num_failures_ = 0;
  std::uint32_t num_to_skip_ = 0;
};

/// Keeps the gate closed; the gate opens at the end of the scope.
class OthersPaused {
 public:
  OthersPaused(ThreadGate& gate, Thread& self) : gate_(gate), all_(gate.close(self)) {}
  ~OthersPaused() {
    if (all_) gate_.open();
  }
  OthersPaused(const OthersPaused&) = delete;
  OthersPaused& operator=(const OthersPaused&) = delete;

  bool all() const noexcept { return all_; }

 private:
  ThreadGate& gate_;
  const bool all_;
};

}  // namespace lind::runtime
