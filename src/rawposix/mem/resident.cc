// Which pages are in memory: mincore, mlock and its neighbours.  Order of errors: mm/mincore.c and
// mm/mlock.c, v6.1.
//
// Pages are brought in, never pinned: what the host lets this process pin is one sum for all cages.

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/units.h"
#include "host/errno.h"
#include "rawposix/mem/handlers.h"
#include "rawposix/mem/range_internal.h"

namespace lind::rawposix {
namespace {

using runtime::Access;
using runtime::AddressSpace;
using runtime::Area;

constexpr std::int32_t kMlockOnFault = 1;  // linux/mman.h: MLOCK_ONFAULT
constexpr std::int32_t kLockAllFlags = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;

AddressSpace& memory_of(Caller& caller) {
  return caller.thread().instance().memory();
}

/// Brings pages in, as far as the host can.
void populate(Caller& caller, const Area& area) {
  if (!area.protection.read) return;
  const Result<runtime::HostBuffer> pages = memory_of(caller).host_buffer(
      caller.in_flight(), GuestAddr{area.start}, area.num_bytes, Access::kRead);
  if (!pages.ok()) return;
  const iovec vec = pages.value().vec();
  // Pages that cannot be had are told of by nobody: Linux ignores them, too.
  (void)::madvise(vec.iov_base, vec.iov_len,
                  area.protection.write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
}

Result<std::int64_t> bring_in(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                              bool now) {
  const std::uint64_t start = align_down(address, kHostPageSize);
  if (num_bytes > vmabi::kGuestAddressBytes) return uapi::Errno::kENOMEM;
  const PageRange range = LIND_TRY(page_range_of(start, num_bytes + (address - start)));
  if (num_bytes == 0) return 0;
  bool covered = false;
  const std::vector<Area> areas = areas_in(memory_of(caller), range, &covered);
  if (!covered) return uapi::Errno::kENOMEM;
  for (const Area& area : areas) {
    if (now) populate(caller, area);
  }
  return 0;
}

}  // namespace

Result<std::int64_t> sys_mincore(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                                 runtime::GuestBytes out) {
  const PageRange range = LIND_TRY(page_range_of(address, num_bytes));
  AddressSpace& memory = memory_of(caller);
  std::uint64_t done = 0;
  std::array<unsigned char, 4096> states{};
  for (std::uint64_t at = range.start; at < range.end;) {
    const std::uint64_t piece = std::min(range.end - at, states.size() * kHostPageSize);
    const PageRange part{.start = at, .end = at + piece};
    bool covered = false;
    (void)areas_in(memory, part, &covered);
    if (!covered) return uapi::Errno::kENOMEM;
    const runtime::HostBuffer pages =
        LIND_TRY(memory.host_buffer(caller.in_flight(), GuestAddr{at}, piece, Access::kRead));
    if (::mincore(pages.vec().iov_base, piece, states.data()) != 0) return host::last_errno();
    const std::size_t count = piece / kHostPageSize;
    for (unsigned char& state : std::span(states).first(count))
      state &= 1;
    LIND_TRY(out.owner()->copy_out(out.at_byte<std::byte>(done).addr(),
                                   std::as_bytes(std::span(states).first(count))));
    done += count;
    at += piece;
  }
  return 0;
}

Result<std::int64_t> sys_mlock(Caller& caller, std::uint64_t address, std::uint64_t num_bytes) {
  return bring_in(caller, address, num_bytes, true);
}

Result<std::int64_t> sys_mlock2(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                                std::int32_t flags) {
  if ((flags & ~kMlockOnFault) != 0) return uapi::Errno::kEINVAL;
  return bring_in(caller, address, num_bytes, flags == 0);
}

Result<std::int64_t> sys_munlock(Caller& caller, std::uint64_t address, std::uint64_t num_bytes) {
  return bring_in(caller, address, num_bytes, false);
}

Result<std::int64_t> sys_mlockall(Caller& caller, std::int32_t flags) {
  if (flags == 0 || (flags & ~kLockAllFlags) != 0 || flags == MCL_ONFAULT) {
    return uapi::Errno::kEINVAL;
  }
  if ((flags & MCL_CURRENT) == 0 || (flags & MCL_ONFAULT) != 0) return 0;
  for (const Area& area : memory_of(caller).areas())
    populate(caller, area);
  return 0;
}

Result<std::int64_t> sys_munlockall(Caller& /*caller*/) {
  return 0;
}

}  // namespace lind::rawposix
