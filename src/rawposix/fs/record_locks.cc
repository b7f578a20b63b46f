#include "rawposix/fs/record_locks.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "rawposix/fs/lock_agent.h"
#include "runtime/wait_queue.h"

namespace lind::rawposix {
namespace {

using Kind = LockAgent::Kind;

/// How far a chain of waiting owners is followed.  Source: fs/locks.c, v6.1.
constexpr int kMaxDeadlockSteps = 10;

Kind kind_of(const RecordLock& lock) noexcept {
  return lock.is_write ? Kind::kWrite : Kind::kRead;
}

}  // namespace

LockOwner new_lock_owner() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return LockOwner{last.fetch_add(1, std::memory_order_relaxed) + 1};
}

/// Kept while it has locks or threads that are about to have some, and while somebody who had some
/// has it open: the next lock finds its agent.
struct RecordLocks::LockedFile {
  LockRanges ranges;
  std::size_t num_owners = 0;  ///< that have it in owned_
  std::shared_ptr<LockAgent> agent;
  runtime::WaitQueue changed;

  /// An agent that can hold `kind` too.  Errors: those of LockAgent.
  Result<std::shared_ptr<LockAgent>> agent_for(const OpenFile& file, Kind kind) {
    if (agent != nullptr && agent->can_hold(kind)) return agent;
    std::shared_ptr<LockAgent> better = LIND_TRY(LockAgent::create(file, kind));
    // What there is are read locks, or the old one could hold this too: both may have them.
    for (const RecordLock& lock : ranges.all())
      LIND_TRY(better->set(kind_of(lock), lock.range));
    agent = better;
    return better;
  }

  /// Makes the host hold in `range` what the guests other than `owner` hold there.
  void keep_only_others(LockOwner owner, const LockRange& range) {
    std::int64_t next = range.first;
    const auto drop = [&](std::int64_t first, std::int64_t last) {
      if (first <= last) (void)agent->set(Kind::kNone, {.first = first, .last = last});
    };
    for (const LockRanges::Held& held : ranges.held_by_others(owner, range)) {
      drop(next, held.range.first - 1);
      // Never more than the host holds already: it cannot fail.
      (void)agent->set(held.is_write ? Kind::kWrite : Kind::kRead, held.range);
      if (held.range.last == LockRange::kLastByte) return;
      next = held.range.last + 1;
    }
    drop(next, range.last);
  }
};

RecordLocks::~RecordLocks() = default;

std::optional<RecordLocks::FileId> RecordLocks::id_of(const OpenFile& file) noexcept {
  struct stat status{};
  if (::fstat(file.host_fd(), &status) != 0) return std::nullopt;
  return FileId{.device = status.st_dev, .inode = status.st_ino};
}

RecordLocks::FileRef RecordLocks::find_file_locked(FileId id) {
  const auto found = files_.find(id);
  return found == files_.end() ? nullptr : found->second;
}

RecordLocks::FileRef RecordLocks::file_locked(FileId id) {
  FileRef& file = files_[id];
  if (file == nullptr) file = std::make_shared<LockedFile>();
  return file;
}

// Two references: the table's and the caller's.
void RecordLocks::forget_unused_locked(FileId id) {
  const auto found = files_.find(id);
  if (found == files_.end() || found->second.use_count() > 2) return;
  if (found->second->num_owners == 0 && found->second->ranges.empty()) files_.erase(found);
}

std::size_t RecordLocks::count_locked(LockOwner owner) const {
  const auto files = owned_.find(owner);
  if (files == owned_.end()) return 0;
  std::size_t sum = 0;
  for (const FileId& id : files->second)
    sum += files_.at(id)->ranges.count(owner);
  return sum;
}

// Source: posix_locks_deadlock, fs/locks.c, v6.1.
bool RecordLocks::would_deadlock_locked(LockOwner waiter, LockOwner holder) const {
  for (int step = 0; step < kMaxDeadlockSteps; ++step) {
    const auto next = std::find_if(waits_.begin(), waits_.end(),
                                   [&](const Wait& wait) { return wait.waiter == holder; });
    if (next == waits_.end()) return false;
    holder = next->holder;
    if (holder == waiter) return true;
  }
  return false;
}

Result<void> RecordLocks::wait_for_guest_locked(LockedFile& file, const RecordLock& wanted,
                                                LockOwner holder, runtime::Thread& waiter) {
  if (would_deadlock_locked(wanted.owner, holder)) return uapi::Errno::kEDEADLK;
  waits_.push_back({.waiter = wanted.owner, .holder = holder});
  Result<void> woken = file.changed.wait(mu_, waiter, std::nullopt);
  const auto own = std::find_if(waits_.begin(), waits_.end(), [&](const Wait& wait) {
    return wait.waiter == wanted.owner && wait.holder == holder;
  });
  waits_.erase(own);
  return woken;
}

Result<void> RecordLocks::take_locked(LockedFile& file, FileId id, const RecordLock& wanted) {
  // One more lock may split an old one.
  if (count_locked(wanted.owner) + 2 > kMaxLocks) return uapi::Errno::kENOLCK;
  LIND_TRY(file.agent->set(kind_of(wanted), wanted.range));
  file.ranges.set(wanted);
  if (owned_[wanted.owner].insert(id).second) ++file.num_owners;
  file.changed.wake_all();  // a write lock may have become a read lock
  return {};
}

Result<void> RecordLocks::lock(const OpenFile& file, const RecordLock& wanted,
                               runtime::Thread* waiter) {
  const std::optional<FileId> id = id_of(file);
  if (!id) return uapi::Errno::kENOLCK;
  const MutexLock lock(mu_);
  const FileRef locked = file_locked(*id);
  Result<void> result{};
  for (;;) {
    if (const RecordLock* const other = locked->ranges.find_conflict(wanted)) {
      result = uapi::Errno::kEAGAIN;
      if (waiter != nullptr) result = wait_for_guest_locked(*locked, wanted, other->owner, *waiter);
      if (!result.ok()) break;
      continue;
    }
    const Result<std::shared_ptr<LockAgent>> agent = locked->agent_for(file, kind_of(wanted));
    if (!agent.ok()) {
      result = agent.error();
      break;
    }
    result = take_locked(*locked, *id, wanted);
    if (result.ok() || result.error() != uapi::Errno::kEAGAIN || waiter == nullptr) break;
    // Somebody outside holds it.  What the wait brings is the agent's, so it may be lost again to
    // other guests meanwhile, and is given back if it is.
    mu_.unlock();
    result = agent.value()->wait(kind_of(wanted), wanted.range, *waiter);
    mu_.lock();
    if (!result.ok()) break;
    if (locked->ranges.find_conflict(wanted) != nullptr && locked->agent == agent.value()) {
      locked->keep_only_others(LockOwner{}, wanted.range);
    }
  }
  forget_unused_locked(*id);
  return result;
}

void RecordLocks::unlock_locked(LockedFile& file, LockOwner owner, const LockRange& range) {
  if (file.ranges.count(owner) == 0) return;
  file.ranges.unset(owner, range);
  file.keep_only_others(owner, range);
  file.changed.wake_all();
}

/// Gives up all locks on a file.
void RecordLocks::leave_locked(FileId id, LockOwner owner) {
  const auto files = owned_.find(owner);
  if (files == owned_.end() || files->second.erase(id) == 0) return;
  if (files->second.empty()) owned_.erase(files);
  const FileRef locked = find_file_locked(id);
  unlock_locked(*locked, owner, LockRange{});
  --locked->num_owners;
  forget_unused_locked(id);
}

void RecordLocks::unlock(const OpenFile& file, LockOwner owner, const LockRange& range) {
  const std::optional<FileId> id = id_of(file);
  if (!id) return;
  const MutexLock lock(mu_);
  const FileRef locked = find_file_locked(*id);
  if (locked == nullptr) return;
  unlock_locked(*locked, owner, range);
}

Result<std::optional<RecordLock>> RecordLocks::find_conflict(const OpenFile& file,
                                                             const RecordLock& wanted) {
  const std::optional<FileId> id = id_of(file);
  if (!id) return uapi::Errno::kENOLCK;
  const MutexLock lock(mu_);
  const FileRef locked = file_locked(*id);
  if (const RecordLock* const other = locked->ranges.find_conflict(wanted))
    return std::optional(*other);
  const auto ask_host = [&]() -> Result<std::optional<struct flock>> {
    const std::shared_ptr<LockAgent> agent = LIND_TRY(locked->agent_for(file, Kind::kRead));
    return agent->find_conflict(kind_of(wanted), wanted.range);
  };
  const Result<std::optional<struct flock>> outside = ask_host();
  forget_unused_locked(*id);
  const std::optional<struct flock> found = LIND_TRY(outside);
  if (!found) return std::optional<RecordLock>();
  const std::int64_t last =
      found->l_len == 0 ? LockRange::kLastByte : found->l_start + found->l_len - 1;
  return std::optional(RecordLock{.owner = LockOwner{},
                                  .pid = found->l_pid < 0 ? kNoPid : 0,
                                  .is_write = found->l_type == F_WRLCK,
                                  .range = {.first = found->l_start, .last = last}});
}

void RecordLocks::closed(const OpenFile& file, LockOwner owner) {
  if (file.virtual_file() != nullptr) return;
  const std::optional<FileId> id = id_of(file);
  if (!id) return;
  const MutexLock lock(mu_);
  leave_locked(*id, owner);
}

void RecordLocks::release_all(LockOwner owner) {
  const MutexLock lock(mu_);
  const auto files = owned_.find(owner);
  if (files == owned_.end()) return;
  const std::set<FileId> ids = files->second;
  for (const FileId& id : ids)
    leave_locked(id, owner);
}

}  // namespace lind::rawposix
