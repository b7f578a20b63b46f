/// \file
/// A descriptor that is readable while signals of a set wait for a process: signalfd's.

#pragma once

#include <memory>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/proc/pending_signals.h"
#include "rawposix/tty/readiness.h"

namespace lind::rawposix {

/// Ownership: the open file; processes that it was waited for in know it weakly.
/// Threading: any thread.  Lock order: mu_ is a leaf, taken under Process::mu_.
class SignalWatch {
 public:
  /// Errors: EMFILE, ENFILE, ENOMEM.
  static Result<std::shared_ptr<SignalWatch>> create(SignalMask mask);

  SignalMask mask() const LIND_EXCLUDES(mu_);
  void set_mask(SignalMask mask) LIND_EXCLUDES(mu_);
  /// The process that says this has `pending` signals.
  void update(SignalMask pending) LIND_EXCLUDES(mu_);
  std::shared_ptr<host::UniqueFd> fd() const LIND_EXCLUDES(mu_);

 private:
  SignalWatch(SignalMask mask, Readiness ready) : mask_(mask), ready_(std::move(ready)) {}
  mutable Mutex mu_;
  SignalMask mask_ LIND_GUARDED_BY(mu_);
  Readiness ready_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::rawposix
