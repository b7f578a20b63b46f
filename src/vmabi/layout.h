/// \file
/// Where things lie around one linear memory.  Compiled code and runtime agree on it.
///
///     base - 128 MiB          base - 4 KiB   base (= GS)        base + 8 GiB
///     | table windows ......... | state page | linear memory ... | guard |
///
/// The GS segment base of a guest thread is `base`.  Everything below it is written by
/// the host alone: compiled code only loads from it, at constant offsets (state page) or
/// with an index that was compared with the table's size (table windows).

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace lind::vmabi {

/// Bytes reserved below, for and above one linear memory.  The memory's own 8 GiB hold every
/// 32-bit index plus every 32-bit offset; kGuardBytes covers the widest access behind that.
inline constexpr std::uint64_t kStateWindowBytes = 128 * kMiB;
inline constexpr std::uint64_t kMemoryReservedBytes = 8 * kGiB;
inline constexpr std::uint64_t kGuardBytes = 64 * kKiB;
inline constexpr std::uint64_t kReservationBytes =
    kStateWindowBytes + kMemoryReservedBytes + kGuardBytes;

/// Bytes that a 32-bit guest can name.
inline constexpr std::uint64_t kGuestAddressBytes = 4 * kGiB;

/// Never mapped in a Lind program: catches NULL and, with --stack-first, stack overflow.
inline constexpr std::uint64_t kLowGuardBytes = 64 * kKiB;
/// The top of the 4 GiB, never mapped in a Lind program.
inline constexpr std::uint64_t kHighGuardBytes = 1 * kMiB;

/// One entry of a call table: loaded once, as 8 bytes, by compiled code.
struct TableEntry {
  std::uint32_t code_offset;  ///< from the start of the object's image; of no meaning if type is 0
  std::uint32_t type_id;      ///< TypeRecord::id; 0 is the null entry and matches nothing
};
static_assert(sizeof(TableEntry) == 8);

inline constexpr std::size_t kMaxTables = 64;

/// Memories of an exact module.  They lie one behind the other above GS, each in a part of the
/// reservation of its own (MemoryRecord::base); memory 0 is at GS itself.
inline constexpr std::size_t kMaxMemories = 64;
/// The most that a memory with 64-bit addresses may grow to.
inline constexpr std::uint64_t kMaxWideMemoryBytes = 64 * kGiB;

/// What is reserved for a memory whose addresses, cut to `address_bits`, a displacement below
/// 4 GiB is added to.
constexpr std::uint64_t reserved_for(unsigned address_bits) noexcept {
  return (std::uint64_t{1} << address_bits) + kGuestAddressBytes + kGuardBytes;
}
static_assert(reserved_for(32) == kMemoryReservedBytes + kGuardBytes);

/// Per-cage state, at base - kHostPageSize.  Read by compiled code as gs:[kStateOffset + field].
struct StatePage {
  std::uint64_t memory_pages;            ///< memory 0, in wasm pages; what memory.size answers
  std::uint64_t reserved[7];             ///< zero
  std::uint32_t table_size[kMaxTables];  ///< entries of each table now
  std::uint64_t further_pages[kMaxMemories - 1];  ///< of memory 1 and the following
};
inline constexpr std::int64_t kStateOffset = -static_cast<std::int64_t>(kHostPageSize);
static_assert(sizeof(StatePage) <= kHostPageSize);
static_assert(offsetof(StatePage, table_size) == 64);

/// Where compiled code finds the size of memory `index`, from GS.
constexpr std::int64_t pages_offset(std::size_t index) noexcept {
  const std::size_t field = index == 0 ? offsetof(StatePage, memory_pages)
                                       : offsetof(StatePage, further_pages) +
                                             (index - 1) * sizeof(StatePage::further_pages[0]);
  return kStateOffset + static_cast<std::int64_t>(field);
}

/// Table windows: the first ends at the state page's start minus one unreadable page, further
/// ones lie below it.  The compiler places them (TableRecord::window_offset).
inline constexpr std::int64_t kTableWindowsEnd = -2 * static_cast<std::int64_t>(kHostPageSize);
inline constexpr std::int64_t kTableWindowsStart =
    -static_cast<std::int64_t>(kStateWindowBytes) + static_cast<std::int64_t>(kHostPageSize);

}  // namespace lind::vmabi
