/// \file
/// Ends the largest cage before the instance takes more memory than it may.

#pragma once

#include <cstdint>
#include <memory>

namespace lind::rawposix {

class ProcessTree;

/// The host's own killer would choose among its processes, and we are one.  So a thread looks at
/// what the cages have resident, and sends SIGKILL to the one that has most when it is too much.
///
/// Nobody can ask before a page is touched.  But touching pages takes CPU time: the thread sleeps
/// on the CPU clock of this process, until as much was used as filling what is left takes at least.
/// An idle instance never wakes it. Ownership: Kernel.  Threading: the thread is its own.  It may
/// outlive the object, in its sleep: nothing but CPU time ends that.
class MemoryGuard {
 public:
  /// Starts the thread.  \param limit_bytes  for all cages together, not 0
  MemoryGuard(ProcessTree& tree, std::uint64_t limit_bytes);
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace lind::rawposix
