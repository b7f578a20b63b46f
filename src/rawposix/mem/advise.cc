#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "host/errno.h"
#include "rawposix/mem/handlers.h"
#include "rawposix/mem/range_internal.h"
#include "uapi/memory.h"

namespace lind::rawposix {
namespace {

using runtime::AddressSpace;
using runtime::Area;
using runtime::Backing;

bool is_hint(std::int32_t advice) noexcept {
  switch (advice) {
    case uapi::kMADV_NORMAL:
    case uapi::kMADV_RANDOM:
    case uapi::kMADV_SEQUENTIAL:
    case uapi::kMADV_WILLNEED:
    case uapi::kMADV_FREE:
    case uapi::kMADV_HUGEPAGE:
    case uapi::kMADV_NOHUGEPAGE:
    case uapi::kMADV_DONTDUMP:
    case uapi::kMADV_DODUMP:
    case uapi::kMADV_COLD:
    case uapi::kMADV_PAGEOUT:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<std::int64_t> sys_madvise(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                                 std::int32_t advice) {
  if (advice != uapi::kMADV_DONTNEED && !is_hint(advice)) return uapi::Errno::kEINVAL;
  const PageRange range = LIND_TRY(page_range_of(address, num_bytes));
  if (range.start == range.end) return 0;
  AddressSpace& memory = caller.thread().instance().memory();
  if (advice == uapi::kMADV_DONTNEED) {
    const std::uint64_t end = std::min(range.end, vmabi::kGuestAddressBytes);
    LIND_TRY(memory.discard(GuestAddr{range.start}, end - range.start));
    return end == range.end ? Result<std::int64_t>(0) : uapi::Errno::kENOMEM;
  }
  bool covered = false;
  (void)areas_in(memory, range, &covered);
  return covered ? Result<std::int64_t>(0) : uapi::Errno::kENOMEM;
}

Result<std::int64_t> sys_msync(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                               std::int32_t flags) {
  if ((flags & ~(uapi::kMS_ASYNC | uapi::kMS_INVALIDATE | uapi::kMS_SYNC)) != 0) {
    return uapi::Errno::kEINVAL;
  }
  const bool sync = (flags & uapi::kMS_SYNC) != 0;
  if (sync && (flags & uapi::kMS_ASYNC) != 0) return uapi::Errno::kEINVAL;
  const PageRange range = LIND_TRY(page_range_of(address, num_bytes));
  if (range.start == range.end) return 0;
  bool covered = false;
  const std::vector<Area> areas = areas_in(caller.thread().instance().memory(), range, &covered);
  for (const Area& area : areas) {
    // Writing a file back writes the pages that its mappings have dirtied.
    if (!sync || area.backing != Backing::kSharedFile) continue;
    if (::fdatasync(area.file->get()) != 0) return host::last_errno();
  }
  return covered ? Result<std::int64_t>(0) : uapi::Errno::kENOMEM;
}

}  // namespace lind::rawposix
