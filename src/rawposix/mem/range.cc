#include <algorithm>

#include "base/units.h"
#include "rawposix/mem/range_internal.h"

namespace lind::rawposix {

Result<PageRange> page_range_of(std::uint64_t address, std::uint64_t num_bytes) {
  if (!is_aligned(address, kHostPageSize)) return uapi::Errno::kEINVAL;
  constexpr std::uint64_t kEnd = vmabi::kGuestAddressBytes;
  if (num_bytes > kEnd || address > kEnd) return uapi::Errno::kENOMEM;
  return PageRange{.start = address, .end = address + align_up(num_bytes, kHostPageSize)};
}

std::vector<runtime::Area> areas_in(const runtime::AddressSpace& memory, const PageRange& range,
                                    bool* covered) {
  std::vector<runtime::Area> parts;
  std::uint64_t reached = range.start;
  *covered = true;
  for (runtime::Area area : memory.areas()) {
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

}  // namespace lind::rawposix
