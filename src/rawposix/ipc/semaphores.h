/// \file
/// System V semaphores of one instance.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/ipc/id_table.h"
#include "runtime/wait_queue.h"

namespace lind::rawposix {

/// Threading: any thread.  Lock order: mu_ comes before WaitQueue::list_mu_.
class Semaphores {
 public:
  // Source: linux/sem.h, v6.1; of sets there are fewer.
  static constexpr std::size_t kMaxSets = 1024;
  static constexpr std::uint64_t kMaxPerSet = 32000;
  static constexpr std::uint64_t kMaxTotal = 1'024'000;
  static constexpr std::uint64_t kMaxOperations = 500;
  static constexpr std::int32_t kMaxValue = 32767;

  Result<std::int32_t> get(std::int32_t key, std::int32_t num_sems, std::int32_t flags)
      LIND_EXCLUDES(mu_);
  /// All of `operations` at once, or none; sleeps until they can be.  `deadline_ns`: on
  /// CLOCK_MONOTONIC.
  /// Errors: EINVAL, EFBIG, EAGAIN, EIDRM, ERANGE, EINTR, ENOSPC.
  Result<void> operate(std::int32_t id, std::span<const uapi::Sembuf> operations, std::uint32_t pid,
                       runtime::Thread& thread, std::optional<std::int64_t> deadline_ns)
      LIND_EXCLUDES(mu_);
  /// GETVAL, GETPID, GETNCNT, GETZCNT.  Errors: EINVAL.
  Result<std::int32_t> query(std::int32_t id, std::int32_t num, std::int32_t command)
      LIND_EXCLUDES(mu_);
  Result<std::vector<std::uint16_t>> values(std::int32_t id) LIND_EXCLUDES(mu_);
  Result<std::size_t> size(std::int32_t id) LIND_EXCLUDES(mu_);
  /// Errors: EINVAL, ERANGE.
  Result<void> set_value(std::int32_t id, std::int32_t num, std::int32_t value, std::uint32_t pid)
      LIND_EXCLUDES(mu_);
  Result<void> set_values(std::int32_t id, std::span<const std::uint16_t> values, std::uint32_t pid)
      LIND_EXCLUDES(mu_);
  Result<uapi::SemidDs> status(std::int32_t id) LIND_EXCLUDES(mu_);
  Result<void> set(std::int32_t id, const uapi::SemidDs& wanted) LIND_EXCLUDES(mu_);
  Result<void> remove(std::int32_t id) LIND_EXCLUDES(mu_);
  /// Undoes what SEM_UNDO says.
  void process_ended(std::uint32_t pid) LIND_EXCLUDES(mu_);

 private:
  struct Semaphore {
    std::int32_t value = 0;
    std::uint32_t pid = 0;
  };
  /// One that sleeps: the operation that cannot be done.
  struct Waiter {
    std::uint16_t num = 0;
    bool for_zero = false;
  };
  using Adjustments = std::map<std::uint16_t, std::int32_t>;  ///< by number of the semaphore
  struct Set {
    uapi::IpcPerm perm;
    bool removed = false;
    std::vector<Semaphore> semaphores;
    std::int64_t otime = 0;
    std::int64_t ctime = 0;
    std::map<std::uint32_t, Adjustments> undo;  ///< by pid: what is added at its end
    std::vector<const Waiter*> waiters;
    runtime::WaitQueue changed;
  };
  using Ref = std::shared_ptr<Set>;
  Result<Ref> find_locked(std::int32_t id) const LIND_REQUIRES(mu_);
  /// Does all or none; the index of the first that must wait otherwise.  Errors: ERANGE.
  static Result<std::optional<std::size_t>> try_all(Set& set,
                                                    std::span<const uapi::Sembuf> operations,
                                                    std::uint32_t pid);

  Mutex mu_;
  IdTable<Set> sets_ LIND_GUARDED_BY(mu_){kMaxSets};
};

}  // namespace lind::rawposix
