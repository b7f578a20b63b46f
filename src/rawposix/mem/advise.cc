#include <unistd.h>

#include <algorithm>

#include "base/units.h"
#include "host/errno.h"
#include "rawposix/mem/handlers.h"
#include "uapi/memory.h"

namespace lind::rawposix {
namespace {

using runtime::AddressSpace;
using runtime::Area;
using runtime::Backing;

struct Range {
  std::uint64_t start;
  std::uint64_t end;
};

Result<Range> checked_range(std::uint64_t address, std::uint64_t num_bytes) {
  if (!is_aligned(address, kHostPageSize)) return uapi::Errno::kEINVAL;
  constexpr std::uint64_t kEnd = vmabi::kGuestAddressBytes;
  if (num_bytes > kEnd || address > kEnd) return uapi::Errno::kENOMEM;
  return Range{.start = address, .end = address + align_up(num_bytes, kHostPageSize)};
}

// The parts of areas inside `range`; `covered` tells whether they leave no hole.
std::vector<Area> areas_in(const AddressSpace& memory, const Range& range, bool* covered) {
  std::vector<Area> parts;
  std::uint64_t reached = range.start;
  *covered = true;
  for (Area area : memory.areas()) {
    const std::uint64_t start = std::max(area.start, range.start);
    const std::uint64_t end = std::min(area.start + area.num_bytes, range.end);
    if (start >= end) continue;
    if (start != reached) *covered = false;
    reached = end;
    area.file_offset += start - area.start;
    area.start = start;
    area.num_bytes = end - start;
    parts.push_back(std::move(area));
  }
  if (reached != range.end) *covered = false;
  return parts;
}

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
  const Range range = LIND_TRY(checked_range(address, num_bytes));
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
  const Range range = LIND_TRY(checked_range(address, num_bytes));
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
