/// \file
/// The host side of one linear memory: address space plus the file behind it, and the pool that
/// recycles both.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "host/mapping.h"
#include "host/memfd.h"
#include "host/unique_fd.h"
#include "vmabi/layout.h"

namespace lind::runtime {

/// A run of table window pages that are readable and writable.
struct Window {
  std::int64_t offset;      ///< of entry 0 from the memory's start, page aligned
  std::uint64_t num_bytes;  ///< page aligned
  std::uint32_t table;      ///< index into StatePage::table_size
  friend bool operator==(const Window&, const Window&) = default;
};

/// A reservation of vmabi::kReservationBytes, its state page, and a sparse 4 GiB memfd.
///
/// Ownership: one AddressSpace, or the pool.
struct Region {
  host::Mapping reservation;
  host::UniqueFd memfd;
  std::vector<Window> windows;       ///< committed
  std::vector<host::Extent> mapped;  ///< memfd pages mapped read-write, ascending, disjoint
  std::vector<host::Extent> dirty;   ///< in the pool: pages with bytes of an earlier owner

  /// Address 0 of the linear memory.
  std::byte* base() const noexcept { return reservation.data() + vmabi::kStateWindowBytes; }
  /// Offset of a guest address, or of a window, inside `reservation`.
  static std::uint64_t offset(std::uint64_t guest_address) noexcept {
    return vmabi::kStateWindowBytes + guest_address;
  }
  static std::uint64_t window_offset(const Window& window) noexcept {
    return vmabi::kStateWindowBytes + static_cast<std::uint64_t>(window.offset);
  }
};

/// Recycled regions.  A small fork costs microseconds only if the child's pages are there already:
/// a fresh page costs ten times its copy.
///
/// Threading: any.  Lock order: RegionPool::mu_ is a leaf.
class RegionPool {
 public:
  /// The pool of this process.  Never destroyed: guest threads may end after main.
  static RegionPool& instance();

  /// A region of the pool, dirty, or null: the one whose resident bytes come closest to what the
  /// next owner will fill.
  std::unique_ptr<Region> take(std::uint64_t wanted_bytes) LIND_EXCLUDES(mu_);
  /// A new one.  Errors: ENOMEM, EMFILE, ENFILE.
  static Result<std::unique_ptr<Region>> make();
  /// Keeps the region for the next owner if there is room and little is resident in it.
  /// Requires: no other mapping than `mapped` and `windows` is left inside; both windows and state
  /// page are zero.
  void give(std::unique_ptr<Region> region) LIND_EXCLUDES(mu_);

 private:
  static constexpr std::size_t kMaxRegions = 16;
  static constexpr std::uint64_t kMaxResidentBytes = 128 * 1024 * 1024;  ///< of all together

  Mutex mu_;
  std::vector<std::unique_ptr<Region>> regions_ LIND_GUARDED_BY(mu_);
  std::uint64_t resident_bytes_ LIND_GUARDED_BY(mu_) = 0;
};

/// Zeroes `dirty` outside of `keep`; used before a region gets a new owner.
/// Pages outside `mapped` lose their memory, others are overwritten in place.
void scrub(Region& region, const std::vector<host::Extent>& keep);

/// Maps exactly `wanted` (memfd pages, read-write).  Errors: ENOMEM.
Result<void> set_mapped(Region& region, const std::vector<host::Extent>& wanted);

/// Commits exactly `wanted`, all zero.  Errors: ENOMEM.
Result<void> set_windows(Region& region, const std::vector<Window>& wanted);

/// Bytes in all of them together.
std::uint64_t total_bytes(const std::vector<host::Extent>& extents);

/// The parts of `a` that are not in `b`.  Both ascending and disjoint.
std::vector<host::Extent> subtract(const std::vector<host::Extent>& a,
                                   const std::vector<host::Extent>& b);

}  // namespace lind::runtime
