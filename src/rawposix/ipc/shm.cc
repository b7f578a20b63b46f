// shmget, shmat, shmdt, shmctl.

#include <limits>

#include "base/units.h"
#include "rawposix/ipc/handlers.h"
#include "rawposix/ipc/ipc.h"
#include "runtime/address_space.h"
#include "uapi/resource.h"

namespace lind::rawposix {
namespace {

using runtime::AddressSpace;
using runtime::Area;
using runtime::Backing;

SharedMemory& segments_of(Caller& caller) {
  return caller.kernel().ipc().shared_memory;
}

}  // namespace

// All segments together are bounded by what one process may map, as nobody else pays for them.
Result<std::int64_t> sys_shmget(Caller& caller, std::int32_t key, std::uint64_t num_bytes,
                                std::int32_t flags) {
  constexpr std::uint64_t kDefaultMax = std::uint64_t{16} * 1024 * 1024 * 1024;
  const std::uint64_t limit = caller.process().limit(uapi::kRLIMIT_AS).maximum;
  return LIND_TRY(segments_of(caller).get(key, num_bytes, flags, caller.process().pid(),
                                          limit == uapi::kRLIM_INFINITY ? kDefaultMax : limit));
}

// Order of errors: do_shmat, ipc/shm.c, v6.1.
Result<std::int64_t> sys_shmat(Caller& caller, std::int32_t id, std::uint64_t address,
                               std::int32_t flags) {
  AddressSpace::MapRequest request;
  if (address != 0) {
    if (!is_aligned(address, kHostPageSize)) {
      if ((flags & uapi::kSHM_RND) == 0) return uapi::Errno::kEINVAL;
      address = align_down(address, kHostPageSize);
    }
    const bool replaces = (flags & uapi::kSHM_REMAP) != 0;
    if (address == 0) {
      if (replaces) return uapi::Errno::kEINVAL;
    } else {
      request.place = replaces ? AddressSpace::MapRequest::Place::kFixed
                               : AddressSpace::MapRequest::Place::kFixedNoReplace;
    }
  } else if ((flags & uapi::kSHM_REMAP) != 0) {
    return uapi::Errno::kEINVAL;
  }
  const SharedMemory::Mapped segment = LIND_TRY(segments_of(caller).find(id));
  AddressSpace& memory = caller.thread().instance().memory();
  request.hint = address;
  request.num_bytes = align_up(segment.num_bytes, kHostPageSize);
  request.protection = {.read = true, .write = (flags & uapi::kSHM_RDONLY) == 0};
  request.backing = Backing::kSharedFile;
  request.file = segment.file;
  LIND_TRY(caller.process().may_map(memory, request.num_bytes));
  const Result<GuestAddr> start = memory.map(request);
  if (!start.ok()) {
    // shmat has no EEXIST.
    return start.error() == uapi::Errno::kEEXIST ? uapi::Errno::kEINVAL : start.error();
  }
  segments_of(caller).note(segment.file.get(), SharedMemory::Use::kAttached,
                           caller.process().pid());
  return static_cast<std::int64_t>(to_u64(start.value()));
}

// Also what mprotect and munmap have left of the attachment goes.  Source: ksys_shmdt, v6.1.
Result<std::int64_t> sys_shmdt(Caller& caller, std::uint64_t address) {
  if (!is_aligned(address, kHostPageSize)) return uapi::Errno::kEINVAL;
  AddressSpace& memory = caller.thread().instance().memory();
  std::shared_ptr<host::UniqueFd> file;
  std::uint64_t end = 0;
  for (const Area& area : memory.areas()) {
    if (area.start < address || area.backing != Backing::kSharedFile) continue;
    if (area.start - address != area.file_offset) continue;
    if (file == nullptr) {
      const auto segment = segments_of(caller).segment_of(area.file.get());
      if (!segment) continue;
      file = area.file;
      end = address + align_up(segment->num_bytes, kHostPageSize);
    }
    if (area.file != file || area.start >= end) continue;
    LIND_TRY(memory.unmap(GuestAddr{area.start}, area.num_bytes));
  }
  if (file == nullptr) return uapi::Errno::kEINVAL;
  segments_of(caller).note(file.get(), SharedMemory::Use::kDetached, caller.process().pid());
  return 0;
}

Result<std::int64_t> sys_shmctl(Caller& caller, std::int32_t id, std::int32_t command,
                                runtime::GuestPtr<uapi::ShmidDs> buffer) {
  SharedMemory& segments = segments_of(caller);
  switch (command & ~uapi::kIPC_64) {
    case uapi::kIPC_STAT: {
      const uapi::ShmidDs status = LIND_TRY(segments.status(id));
      LIND_TRY(buffer.write(status));
      return 0;
    }
    case uapi::kIPC_SET: {
      const uapi::ShmidDs wanted = LIND_TRY(buffer.read());
      LIND_TRY(segments.set(id, wanted));
      return 0;
    }
    case uapi::kIPC_RMID:
      LIND_TRY(segments.remove(id));
      return 0;
    case uapi::kSHM_LOCK:
    case uapi::kSHM_UNLOCK:
      LIND_TRY(segments.status(id));
      return uapi::Errno::kEPERM;
    default:
      return uapi::Errno::kEINVAL;
  }
}

}  // namespace lind::rawposix
