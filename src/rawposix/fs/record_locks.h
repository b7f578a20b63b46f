/// \file
/// POSIX record locks (F_SETLK): of processes, which the host takes for one.

#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/fs/lock_ranges.h"
#include "rawposix/fs/open_file.h"

namespace lind::runtime {
class Thread;
}

namespace lind::rawposix {

/// The record locks of all processes of one kernel.
///
/// Among guests this table decides.  Towards everybody else, other programs of the host and the OFD
/// locks of guests, one host descriptor per file (its agent) holds, as OFD locks, the union of what
/// the guests hold.
///
/// Threading: any thread.
/// Lock order: mu_ comes before WaitQueue::list_mu_ alone; under it only calls of the host that do
///   not wait.
class RecordLocks {
 public:
  /// Locks of one owner, on all files: memory of ours and of the host's.
  static constexpr std::size_t kMaxLocks = 4096;

  RecordLocks() = default;
  ~RecordLocks();
  RecordLocks(const RecordLocks&) = delete;
  RecordLocks& operator=(const RecordLocks&) = delete;

  /// Takes a lock.  `waiter`: sleeps until it can be had; null: does not wait.
  /// Requires: `file` is open for what the lock is for.
  /// Errors: EAGAIN, EDEADLK, EINTR, ENOLCK.
  Result<void> lock(const OpenFile& file, const RecordLock& wanted, runtime::Thread* waiter)
      LIND_EXCLUDES(mu_);
  void unlock(const OpenFile& file, LockOwner owner, const LockRange& range) LIND_EXCLUDES(mu_);
  /// What is in the way of `wanted`, if anything is.  Somebody outside has owner 0 and pid 0; the
  /// owner of an OFD lock has pid kNoPid.
  Result<std::optional<RecordLock>> find_conflict(const OpenFile& file, const RecordLock& wanted)
      LIND_EXCLUDES(mu_);
  static constexpr std::uint32_t kNoPid = 0xffffffff;

  /// Whoever closes any descriptor of a file loses the locks on it.
  void closed(const OpenFile& file, LockOwner owner) LIND_EXCLUDES(mu_);
  void release_all(LockOwner owner) LIND_EXCLUDES(mu_);

 private:
  /// Which file of the host it is.
  struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend auto operator<=>(const FileId&, const FileId&) = default;
  };
  struct LockedFile;
  using FileRef = std::shared_ptr<LockedFile>;
  /// A sleeping owner and whose lock it waits for.
  struct Wait {
    LockOwner waiter;
    LockOwner holder;
  };

  static std::optional<FileId> id_of(const OpenFile& file) noexcept;
  FileRef file_locked(FileId id) LIND_REQUIRES(mu_);
  FileRef find_file_locked(FileId id) LIND_REQUIRES(mu_);
  void forget_unused_locked(FileId id) LIND_REQUIRES(mu_);
  bool would_deadlock_locked(LockOwner waiter, LockOwner holder) const LIND_REQUIRES(mu_);
  Result<void> wait_for_guest_locked(LockedFile& file, const RecordLock& wanted, LockOwner holder,
                                     runtime::Thread& waiter) LIND_REQUIRES(mu_);
  Result<void> take_locked(LockedFile& file, FileId id, const RecordLock& wanted)
      LIND_REQUIRES(mu_);
  void unlock_locked(LockedFile& file, LockOwner owner, const LockRange& range) LIND_REQUIRES(mu_);
  void leave_locked(FileId id, LockOwner owner) LIND_REQUIRES(mu_);
  std::size_t count_locked(LockOwner owner) const LIND_REQUIRES(mu_);

  Mutex mu_;
  std::map<FileId, FileRef> files_ LIND_GUARDED_BY(mu_);
  /// The files that an owner has locked since it last closed one of their descriptors.
  std::map<LockOwner, std::set<FileId>> owned_ LIND_GUARDED_BY(mu_);
  std::vector<Wait> waits_ LIND_GUARDED_BY(mu_);
};

/// A number that no other table has.
LockOwner new_lock_owner() noexcept;

}  // namespace lind::rawposix
