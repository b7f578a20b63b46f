/// \file
/// The end of a process as something that poll and epoll can wait for: pidfd's.

#pragma once

#include "base/mutex.h"
#include "base/result.h"
#include "host/unique_fd.h"

namespace lind::rawposix {

/// A pipe that nobody reads; it has a byte once the process has ended.
///
/// Ownership: the Process and every pidfd of it.  Threading: any thread.
class ExitEvent {
 public:
  ExitEvent() = default;

  /// A host descriptor of its own, readable from the end on.  Errors: EMFILE, ENFILE.
  Result<host::UniqueFd> watch() LIND_EXCLUDES(mu_);
  /// The process has ended, and whoever waits for it finds it so.
  void happened() LIND_EXCLUDES(mu_);

 private:
  void tell_locked() LIND_REQUIRES(mu_);
  Mutex mu_;  ///< a leaf
  bool happened_ LIND_GUARDED_BY(mu_) = false;
  host::UniqueFd reader_ LIND_GUARDED_BY(mu_);  ///< none before the first watch
  host::UniqueFd writer_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::rawposix
