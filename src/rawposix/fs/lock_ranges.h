/// \file
/// The record locks of one file: who holds which bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace lind::rawposix {

/// Whose a record lock is: a descriptor table, as POSIX has it.  Never used again.
enum class LockOwner : std::uint64_t {};

/// Bytes [first, last] of a file; both in [0, kLastByte].
struct LockRange {
  static constexpr std::int64_t kLastByte = std::numeric_limits<std::int64_t>::max();
  std::int64_t first = 0;
  std::int64_t last = kLastByte;
  bool meets(const LockRange& other) const noexcept {
    return first <= other.last && other.first <= last;
  }
};

struct RecordLock {
  LockOwner owner{};
  std::uint32_t pid = 0;  ///< of the process that took it; what F_GETLK tells
  bool is_write = false;
  LockRange range;
};

/// Threading: the user's lock.
/// Invariants: locks of one owner do not meet, and neighbours of one kind are one lock; locks of
///   two owners meet only if both are read locks.
class LockRanges {
 public:
  /// The lock that is in the way of `wanted`, the lowest; null if there is none.
  const RecordLock* find_conflict(const RecordLock& wanted) const noexcept;
  /// Requires: nothing conflicts.  What the owner held in the range is replaced.
  void set(const RecordLock& lock);
  void unset(LockOwner owner, const LockRange& range);
  /// A part of a file and how it is locked.
  struct Held {
    LockRange range;
    bool is_write;
  };
  /// What others hold in `range`: ascending, disjoint.
  std::vector<Held> held_by_others(LockOwner owner, const LockRange& range) const;

  bool empty() const noexcept { return locks_.empty(); }
  std::size_t count(LockOwner owner) const noexcept;
  const std::vector<RecordLock>& all() const noexcept { return locks_; }

 private:
  std::vector<RecordLock> locks_;  ///< by first byte
};

}  // namespace lind::rawposix
