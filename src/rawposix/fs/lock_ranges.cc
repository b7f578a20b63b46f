#include "rawposix/fs/lock_ranges.h"

#include <algorithm>

namespace lind::rawposix {
namespace {

/// Whether two ranges meet or have no byte between them.
bool touches(const LockRange& a, const LockRange& b) noexcept {
  if (a.meets(b)) return true;
  return a.last < b.first ? b.first - a.last == 1 : a.first - b.last == 1;
}

}  // namespace

const RecordLock* LockRanges::find_conflict(const RecordLock& wanted) const noexcept {
  for (const RecordLock& lock : locks_) {
    if (lock.owner == wanted.owner || !lock.range.meets(wanted.range)) continue;
    if (lock.is_write || wanted.is_write) return &lock;
  }
  return nullptr;
}

void LockRanges::set(const RecordLock& lock) {
  unset(lock.owner, lock.range);
  RecordLock merged = lock;
  std::erase_if(locks_, [&](const RecordLock& other) {
    const bool joins = other.owner == lock.owner && other.is_write == lock.is_write &&
                       touches(other.range, merged.range);
    if (!joins) return false;
    merged.range.first = std::min(merged.range.first, other.range.first);
    merged.range.last = std::max(merged.range.last, other.range.last);
    return true;
  });
  const auto place = std::upper_bound(
      locks_.begin(), locks_.end(), merged,
      [](const RecordLock& a, const RecordLock& b) { return a.range.first < b.range.first; });
  locks_.insert(place, merged);
}

void LockRanges::unset(LockOwner owner, const LockRange& range) {
  std::vector<RecordLock> kept;
  kept.reserve(locks_.size() + 1);
  for (const RecordLock& lock : locks_) {
    if (lock.owner != owner || !lock.range.meets(range)) {
      kept.push_back(lock);
      continue;
    }
    RecordLock piece = lock;
    if (lock.range.first < range.first) {
      piece.range.last = range.first - 1;
      kept.push_back(piece);
    }
    if (lock.range.last > range.last) {
      piece.range = {.first = range.last + 1, .last = lock.range.last};
      kept.push_back(piece);
    }
  }
  std::sort(kept.begin(), kept.end(),
            [](const RecordLock& a, const RecordLock& b) { return a.range.first < b.range.first; });
  locks_ = std::move(kept);
}

std::vector<LockRanges::Held> LockRanges::held_by_others(LockOwner owner,
                                                         const LockRange& range) const {
  std::vector<Held> held;
  for (const RecordLock& lock : locks_) {
    if (lock.owner == owner || !lock.range.meets(range)) continue;
    const LockRange part{.first = std::max(lock.range.first, range.first),
                         .last = std::min(lock.range.last, range.last)};
    const bool joins =
        !held.empty() && held.back().is_write == lock.is_write && touches(held.back().range, part);
    if (joins) {
      held.back().range.last = std::max(held.back().range.last, part.last);
    } else {
      held.push_back({.range = part, .is_write = lock.is_write});
    }
  }
  return held;
}

std::size_t LockRanges::count(LockOwner owner) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      locks_.begin(), locks_.end(), [&](const RecordLock& lock) { return lock.owner == owner; }));
}

}  // namespace lind::rawposix
