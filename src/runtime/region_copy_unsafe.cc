#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/units.h"
#include "host/errno.h"
#include "runtime/guest_copy_internal.h"
#include "runtime/region_copy_internal.h"

namespace lind::runtime {
namespace {

// Reads memfd pages of `source` into memory at `target`.  Works whatever protection the pages have
// for their guest.
Result<void> read_file(const Region& region, host::Extent source, std::byte* target) {
  std::uint64_t at = source.start;
  while (at < source.end) {
    const ssize_t got = ::pread(region.memfd().get(), target + (at - source.start), source.end - at,
                                static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? host::last_errno() : uapi::Errno::kEIO;
    at += static_cast<std::uint64_t>(got);
  }
  return {};
}

// Fresh pages are cheaper to make in the kernel than by faults, resident ones to write in place.
Result<void> copy_cold(const Region& parent, Region& child, host::Extent range) {
  std::uint64_t at = range.start;
  while (at < range.end) {
    const ssize_t put =
        ::pwrite(child.memfd().get(), parent.base() + at, range.end - at, static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0 && errno != EFAULT) return host::last_errno();
    if (put <= 0) return read_file(parent, {at, range.end}, child.base() + at);
    at += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<void> copy_warm(const Region& parent, Region& child, host::Extent range) {
  std::byte* const target = child.base() + range.start;
  if (lind_copy_forward(target, parent.base() + range.start, range.end - range.start) == 0) {
    return {};
  }
  return read_file(parent, range, target);  // the guest has no access to some page of it
}

std::uint64_t used_bytes(const Region& region, const Window& window) {
  const std::uint64_t entries = state_page(region).table_size[window.table];
  const std::uint64_t used = entries * sizeof(vmabi::TableEntry);
  LIND_CHECK(used <= window.num_bytes);
  return used;
}

}  // namespace

vmabi::StatePage& state_page(const Region& region) noexcept {
  // SAFETY: RegionPool::make mapped this page, aligned and zero; StatePage is plain integers.
  return *reinterpret_cast<vmabi::StatePage*>(region.base() + vmabi::kStateOffset);
}

Result<void> copy_data(const Region& parent, const std::vector<host::Extent>& data, Region& child) {
  const std::vector<host::Extent> cold = subtract(data, child.dirty);
  scrub(child, data);
  for (const host::Extent& range : subtract(data, cold)) {
    LIND_TRY(copy_warm(parent, child, range));
  }
  for (const host::Extent& range : cold)
    LIND_TRY(copy_cold(parent, child, range));
  return {};
}

Result<void> copy_contents(const Region& parent, const std::vector<host::Extent>& data,
                           Region& child) {
  LIND_TRY(copy_data(parent, data, child));
  copy_state(parent, child);
  return {};
}

void copy_state(const Region& parent, Region& child) {
  for (std::size_t i = 0; i < parent.windows.size(); ++i) {
    const Window& window = parent.windows[i];
    std::memcpy(child.base() + window.offset, parent.base() + window.offset,
                used_bytes(parent, window));
  }
  std::memcpy(&state_page(child), &state_page(parent), sizeof(vmabi::StatePage));
}

Result<void> copy_mapped(const Region& from, const Region& to, host::Extent source,
                         std::uint64_t target) {
  const int fault =
      lind_copy_forward(to.base() + target, from.base() + source.start, source.end - source.start);
  if (fault != 0) return uapi::Errno::kEFAULT;
  return {};
}

Result<void> write_back(const Region& region, host::Extent range) {
  LIND_DCHECK(region.file->has_one_user());
  std::uint64_t at = range.start;
  while (at < range.end) {
    const ssize_t put =
        ::pwrite(region.memfd().get(), region.base() + at, range.end - at, static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return put < 0 ? host::last_errno() : uapi::Errno::kEIO;
    at += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<void> copy_within(const Region& region, host::Extent source, std::uint64_t target) {
  return read_file(region, source, region.base() + target);
}

void copy_changed_pages(const Region& parent, Region& child, host::Extent range) {
  std::array<std::byte, kHostPageSize> mine{};
  std::array<std::byte, kHostPageSize> theirs{};
  for (std::uint64_t at = range.start; at < range.end; at += kHostPageSize) {
    if (lind_copy_forward(mine.data(), parent.base() + at, kHostPageSize) != 0) continue;
    if (lind_copy_forward(theirs.data(), child.base() + at, kHostPageSize) != 0) continue;
    if (mine == theirs) continue;
    // A fault here means that the file has just been cut: the page is gone in both.
    (void)lind_copy_forward(child.base() + at, mine.data(), kHostPageSize);
  }
}

void clear_state(Region& region) {
  for (const Window& window : region.windows) {
    std::memset(region.base() + window.offset, 0, used_bytes(region, window));
  }
  std::memset(&state_page(region), 0, sizeof(vmabi::StatePage));
}

}  // namespace lind::runtime
