/// \file
/// A host descriptor that holds, against other programs, what guests hold of a file.

#pragma once

#include <fcntl.h>

#include <memory>
#include <optional>

#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/fs/lock_ranges.h"
#include "rawposix/fs/open_file.h"

namespace lind::runtime {
class Thread;
}

namespace lind::rawposix {

/// Threading: set and find are for the user's lock; wait is not.
class LockAgent {
 public:
  /// Kinds of lock, as the host numbers them.
  enum class Kind : short { kRead = F_RDLCK, kWrite = F_WRLCK, kNone = F_UNLCK };

  /// An open file of our own for the same file, so that no lock of a guest is the same owner's; the
  /// guest's where the host does not let us open it again.
  /// Errors: those of fcntl.
  static Result<std::shared_ptr<LockAgent>> create(const OpenFile& file, Kind kind);

  /// Whether it may hold locks of this kind.
  bool can_hold(Kind kind) const noexcept { return kind == Kind::kWrite ? writes_ : true; }
  /// Errors: EAGAIN, ENOLCK.
  Result<void> set(Kind kind, const LockRange& range) const;
  /// The same, but sleeps until it can be had.  Errors: EINTR, ENOLCK, EDEADLK.
  Result<void> wait(Kind kind, const LockRange& range, runtime::Thread& waiter) const;
  /// Who outside is in the way; nothing if nobody is.
  Result<std::optional<struct flock>> find_conflict(Kind kind, const LockRange& range) const;

 private:
  LockAgent(std::shared_ptr<host::UniqueFd> fd, bool reads, bool writes)
      : fd_(std::move(fd)), reads_(reads), writes_(writes) {}
  struct flock request(Kind kind, const LockRange& range) const noexcept;

  std::shared_ptr<host::UniqueFd> fd_;
  bool reads_;
  bool writes_;
};

}  // namespace lind::rawposix
