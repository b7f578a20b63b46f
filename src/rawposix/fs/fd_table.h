/// \file
/// The descriptor table of a process.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/fs/lock_ranges.h"
#include "rawposix/fs/open_file.h"

namespace lind::rawposix {

class FdTable;
class RecordLocks;

/// A free number taken for a descriptor that is about to exist; given back unless installed.
class FdSlot {
 public:
  FdSlot(FdSlot&& other) noexcept;
  FdSlot& operator=(FdSlot&&) = delete;
  ~FdSlot();
  Fd fd() const noexcept { return fd_; }
  /// Makes the descriptor visible.  Cannot fail.
  void install(std::shared_ptr<OpenFile> file, bool close_on_exec);

 private:
  friend class FdTable;
  FdSlot(FdTable* table, Fd fd) noexcept : table_(table), fd_(fd) {}
  FdTable* table_;  ///< null once installed or moved from
  Fd fd_;
};

/// Numbers to open files.
///
/// Ownership: counted; CLONE_FILES shares it.
/// Threading: any thread; a call keeps the OpenFile it got although another thread closes the
///   number.
/// Lock order: FdTable::mu_ is a leaf (copy takes the new table's inside it); open files and record
///   locks are released outside it.
class FdTable {
 public:
  static constexpr std::uint32_t kDefaultLimit = 1024;
  /// set_limit goes no further: a table is memory of ours that a guest makes us use.
  static constexpr std::uint32_t kMaxLimit = 65536;

  explicit FdTable(std::uint32_t limit = kDefaultLimit);
  ~FdTable();
  FdTable(const FdTable&) = delete;
  FdTable& operator=(const FdTable&) = delete;

  /// Errors: EBADF.
  Result<std::shared_ptr<OpenFile>> get(Fd fd) const LIND_EXCLUDES(mu_);
  /// The lowest free number not below `lowest`.  Errors: EMFILE; ENFILE if all cages together have
  /// too many; EINVAL if `lowest` is not below the limit.
  Result<FdSlot> reserve(std::int32_t lowest = 0) LIND_EXCLUDES(mu_);
  /// dup2/dup3: `fd` names `file` afterwards, what it named before is closed in the same step.
  /// Errors: EBADF if out of range; EBUSY if another thread has reserved it.
  Result<void> replace(Fd fd, std::shared_ptr<OpenFile> file, bool close_on_exec)
      LIND_EXCLUDES(mu_);
  /// Errors: EBADF.
  Result<void> close(Fd fd) LIND_EXCLUDES(mu_);
  /// Closes, or marks close-on-exec, every descriptor in [first, last].
  void close_range(std::uint32_t first, std::uint32_t last) LIND_EXCLUDES(mu_);
  void mark_range(std::uint32_t first, std::uint32_t last) LIND_EXCLUDES(mu_);
  Result<bool> close_on_exec(Fd fd) const LIND_EXCLUDES(mu_);
  Result<void> set_close_on_exec(Fd fd, bool value) LIND_EXCLUDES(mu_);

  /// A child's table: same open files, same flags; reservations are not copied.
  std::shared_ptr<FdTable> copy() const LIND_EXCLUDES(mu_);
  /// What exec does.
  void close_marked() LIND_EXCLUDES(mu_);
  void close_all() LIND_EXCLUDES(mu_);

  std::uint32_t limit() const LIND_EXCLUDES(mu_);
  void set_limit(std::uint32_t limit) LIND_EXCLUDES(mu_);
  /// Who holds the record locks that are taken through these descriptors.
  LockOwner lock_owner() const noexcept { return lock_owner_; }
  /// Call before the owner takes a lock in `locks`: from then on closing gives locks back.
  void use_record_locks(std::shared_ptr<RecordLocks> locks) LIND_EXCLUDES(mu_);
  /// No descriptor is open at this number or above.
  std::uint32_t num_slots() const LIND_EXCLUDES(mu_);

 private:
  friend class FdSlot;
  struct Slot {
    std::shared_ptr<OpenFile> file;
    bool reserved = false;  ///< a FdSlot will fill it or give it back; `file` is null
    bool close_on_exec = false;
    bool taken() const noexcept { return reserved || file != nullptr; }
  };
  const Slot* find_locked(Fd fd) const LIND_REQUIRES(mu_);  ///< null if not open
  std::shared_ptr<OpenFile> take_locked(std::size_t index) LIND_REQUIRES(mu_);
  void release(Fd fd) LIND_EXCLUDES(mu_);
  /// What closing means beside forgetting the number.
  void part_from(std::span<const std::shared_ptr<OpenFile>> files) const LIND_EXCLUDES(mu_);
  void fill(Fd fd, std::shared_ptr<OpenFile> file, bool close_on_exec) LIND_EXCLUDES(mu_);

  const LockOwner lock_owner_;
  mutable Mutex mu_;
  std::shared_ptr<RecordLocks> record_locks_ LIND_GUARDED_BY(mu_);  ///< null: never used
  std::vector<Slot> slots_ LIND_GUARDED_BY(mu_);
  std::uint32_t limit_ LIND_GUARDED_BY(mu_);
  std::uint32_t lowest_free_ LIND_GUARDED_BY(mu_) = 0;  ///< every number below is taken
};

}  // namespace lind::rawposix
