/// \file
/// System V shared memory of one instance.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/ipc/id_table.h"

namespace lind::rawposix {

/// Segments.  Each is a memfd, held by the areas of every memory it is attached to; how many those
/// are is how often it is attached.
///
/// Threading: any thread.  Lock order: mu_ is a leaf.
class SharedMemory {
 public:
  static constexpr std::size_t kMaxSegments = 4096;  ///< linux/shm.h: SHMMNI

  /// shmget.  `max_bytes`: of all segments together.  Errors: those of shmget.
  Result<std::int32_t> get(std::int32_t key, std::uint64_t num_bytes, std::int32_t flags,
                           std::uint32_t pid, std::uint64_t max_bytes) LIND_EXCLUDES(mu_);

  struct Mapped {
    std::shared_ptr<host::UniqueFd> file;
    std::uint64_t num_bytes = 0;
  };
  /// For shmat.  Errors: EINVAL.
  Result<Mapped> find(std::int32_t id) LIND_EXCLUDES(mu_);
  /// The segment behind a file that a memory has mapped; nothing if it is none.
  std::optional<Mapped> segment_of(const host::UniqueFd* file) LIND_EXCLUDES(mu_);
  /// Notes that `pid` has attached (or detached) the segment behind `file`.
  enum class Use : std::uint8_t { kAttached, kDetached };
  void note(const host::UniqueFd* file, Use use, std::uint32_t pid) LIND_EXCLUDES(mu_);

  Result<uapi::ShmidDs> status(std::int32_t id) LIND_EXCLUDES(mu_);
  Result<void> set(std::int32_t id, const uapi::ShmidDs& wanted) LIND_EXCLUDES(mu_);
  /// It is gone when nobody has it attached.
  Result<void> remove(std::int32_t id) LIND_EXCLUDES(mu_);

 private:
  struct Segment {
    uapi::IpcPerm perm;
    bool removed = false;
    uapi::ShmidDs times;
    std::uint64_t num_bytes = 0;
    std::shared_ptr<host::UniqueFd> file;    ///< null once removed: the areas keep it
    std::weak_ptr<host::UniqueFd> attached;  ///< the same file
  };
  using Ref = std::shared_ptr<Segment>;
  void drop_unused_locked() LIND_REQUIRES(mu_);
  Ref by_file_locked(const host::UniqueFd* file) LIND_REQUIRES(mu_);

  Mutex mu_;
  IdTable<Segment> segments_ LIND_GUARDED_BY(mu_){kMaxSegments};
};

}  // namespace lind::rawposix
