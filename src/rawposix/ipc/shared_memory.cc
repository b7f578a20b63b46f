#include "rawposix/ipc/shared_memory.h"

#include <utility>
#include <vector>

#include "base/units.h"
#include "host/memfd.h"
#include "runtime/address_space.h"

namespace lind::rawposix {

// Removed segments that nobody has attached any more.
void SharedMemory::drop_unused_locked() {
  std::vector<std::int32_t> unused;
  for (const auto& [id, segment] : segments_.all()) {
    if (segment->attached.expired()) unused.push_back(id);
  }
  for (const std::int32_t id : unused)
    segments_.remove(id);
}

SharedMemory::Ref SharedMemory::by_file_locked(const host::UniqueFd* file) {
  for (const auto& [id, segment] : segments_.all()) {
    if (segment->attached.lock().get() == file) return segment;
  }
  return nullptr;
}

Result<std::int32_t> SharedMemory::get(std::int32_t key, std::uint64_t num_bytes,
                                       std::int32_t flags, std::uint32_t pid,
                                       std::uint64_t max_bytes) {
  const MutexLock lock(mu_);
  drop_unused_locked();
  std::uint64_t used = 0;
  for (const auto& [id, other] : segments_.all())
    used += align_up(other->num_bytes, kHostPageSize);
  const auto create = [&]() -> Result<Ref> {
    if (num_bytes == 0 || num_bytes > vmabi::kGuestAddressBytes) return uapi::Errno::kEINVAL;
    const std::uint64_t rounded = align_up(num_bytes, kHostPageSize);
    if (used + rounded > max_bytes) return uapi::Errno::kENOSPC;
    auto segment = std::make_shared<Segment>();
    segment->file =
        std::make_shared<host::UniqueFd>(LIND_TRY(host::create_memfd("lind-sysv", rounded)));
    segment->attached = segment->file;
    segment->num_bytes = num_bytes;
    segment->times.cpid = static_cast<std::int32_t>(pid);
    segment->times.ctime = ipc_time();
    return segment;
  };
  const auto check = [&](const Segment& segment) -> Result<void> {
    if (num_bytes > segment.num_bytes) return uapi::Errno::kEINVAL;
    return {};
  };
  return segments_.get(key, flags, create, check);
}

Result<SharedMemory::Mapped> SharedMemory::find(std::int32_t id) {
  const MutexLock lock(mu_);
  drop_unused_locked();
  const Ref segment = segments_.find(id);
  if (segment == nullptr) return uapi::Errno::kEINVAL;
  return Mapped{segment->attached.lock(), segment->num_bytes};
}

std::optional<SharedMemory::Mapped> SharedMemory::segment_of(const host::UniqueFd* file) {
  const MutexLock lock(mu_);
  const Ref segment = by_file_locked(file);
  if (segment == nullptr) return std::nullopt;
  return Mapped{segment->attached.lock(), segment->num_bytes};
}

void SharedMemory::note(const host::UniqueFd* file, Use use, std::uint32_t pid) {
  const MutexLock lock(mu_);
  const Ref segment = by_file_locked(file);
  if (segment == nullptr) return;
  (use == Use::kAttached ? segment->times.atime : segment->times.dtime) = ipc_time();
  segment->times.lpid = static_cast<std::int32_t>(pid);
}

Result<uapi::ShmidDs> SharedMemory::status(std::int32_t id) {
  const MutexLock lock(mu_);
  drop_unused_locked();
  const Ref segment = segments_.find(id);
  if (segment == nullptr) return uapi::Errno::kEINVAL;
  uapi::ShmidDs status = segment->times;
  status.perm = segment->perm;
  status.segsz = static_cast<std::uint32_t>(segment->num_bytes);
  const auto users = static_cast<std::uint64_t>(segment->attached.use_count());
  status.nattch = users - (segment->file == nullptr ? 0 : 1);
  return status;
}

Result<void> SharedMemory::set(std::int32_t id, const uapi::ShmidDs& wanted) {
  const MutexLock lock(mu_);
  drop_unused_locked();
  const Ref segment = segments_.find(id);
  if (segment == nullptr) return uapi::Errno::kEINVAL;
  IdTable<Segment>::set_perm(*segment, wanted.perm);
  segment->times.ctime = ipc_time();
  return {};
}

Result<void> SharedMemory::remove(std::int32_t id) {
  const MutexLock lock(mu_);
  drop_unused_locked();
  const Ref segment = segments_.find(id);
  if (segment == nullptr) return uapi::Errno::kEINVAL;
  segment->perm.mode |= uapi::kSHM_DEST;
  segment->perm.key = uapi::kIPC_PRIVATE;
  segment->file = nullptr;
  drop_unused_locked();
  return {};
}

}  // namespace lind::rawposix
