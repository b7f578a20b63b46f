/// \file
/// The host side of one linear memory: address space plus the file behind it, and the pool that
/// recycles both.

#pragma once

#include <atomic>
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

/// Reserved behind what compiled code reaches; AddressSpace::take_call_room gives it out, at most
/// one room for each guest thread of a process.
inline constexpr std::uint64_t kCallRoomsBytes = 256 * kMiB;

/// A run of table window pages that are readable and writable.
struct Window {
  std::int64_t offset;      ///< of entry 0 from the memory's start, page aligned
  std::uint64_t num_bytes;  ///< page aligned
  std::uint32_t table;      ///< index into StatePage::table_size
  friend bool operator==(const Window&, const Window&) = default;
};

/// A sparse 4 GiB memfd and how many regions map it.
///
/// One user maps it shared, several map it privately and nobody writes it.  Only a user makes a
/// further one, so a count of one is stable for its owner.
///
/// Threading: data() and punch_hole() belong to the owner while it is the only user.
class Snapshot {
 public:
  host::UniqueFd memfd;
  /// Acquire and release: who sees that it is alone sees the others' mappings gone, too.
  std::atomic<std::uint32_t> users{1};

  bool has_one_user() const noexcept { return users.load(std::memory_order_acquire) == 1; }
  /// The runs that may have bytes other than zero; all others have none.
  const std::vector<host::Extent>& data();
  void punch_hole(host::Extent range);

 private:
  /// Had pages at the last look, and no hole since: a look at each page of them is a third of what
  /// a small fork costs.
  std::vector<host::Extent> known_;
};

/// A reservation of vmabi::kReservationBytes and kCallRoomsBytes, its state page, and the file
/// behind it.
///
/// Ownership: one AddressSpace, or the pool.
struct Region {
  Region() = default;
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  host::Mapping reservation;
  std::shared_ptr<Snapshot> file;    ///< in the pool: with one user
  std::shared_ptr<Snapshot> spare;   ///< its own file, while `file` is a parent's
  std::vector<Window> windows;       ///< committed
  std::vector<host::Extent> mapped;  ///< memfd pages mapped read-write, ascending, disjoint
  std::vector<host::Extent> dirty;   ///< in the pool: pages with bytes of an earlier owner

  const host::UniqueFd& memfd() const noexcept { return file->memfd; }
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
  /// next owner will fill, and whose windows are its, if that costs little.
  std::unique_ptr<Region> take(std::uint64_t wanted_bytes, const std::vector<Window>& windows)
      LIND_EXCLUDES(mu_);
  /// How much of it would be resident already.
  std::uint64_t closest_resident_bytes(std::uint64_t wanted_bytes) const LIND_EXCLUDES(mu_);
  /// A new one.  Errors: ENOMEM, EMFILE, ENFILE.
  /// \param span_bytes  Reserved from base() upwards.
  static Result<std::unique_ptr<Region>> make(
      std::uint64_t span_bytes = vmabi::kMemoryReservedBytes + vmabi::kGuardBytes);
  /// A new one over the file of others, without one of its own; the pool does not want it back.
  /// Neighbours become one mapping where nothing is mapped: `span_bytes` are rounded up for that.
  /// Errors: ENOMEM.
  static Result<std::unique_ptr<Region>> make_joined(std::shared_ptr<Snapshot> snapshot,
                                                     std::uint64_t span_bytes);
  /// Keeps the region for the next owner if there is room and little is resident in it.
  /// Requires: no other mapping than `mapped` and `windows` is left inside; both windows and state
  /// page are zero.
  void give(std::unique_ptr<Region> region) LIND_EXCLUDES(mu_);

 private:
  static constexpr std::size_t kMaxRegions = 16;
  static constexpr std::uint64_t kMaxResidentBytes = 128 * 1024 * 1024;  ///< of all together

  mutable Mutex mu_;
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

/// Puts `snapshot` in the place of the region's file, which becomes the spare one.
/// Requires: nothing is mapped.
void join_snapshot(Region& region, std::shared_ptr<Snapshot> snapshot);

/// Gives up a file that others may use, for the spare one or a new one.  Requires: nothing of it
/// is mapped any more.  Errors: ENOMEM, EMFILE, ENFILE; the region must be dropped then.
Result<void> leave_snapshot(Region& region);

/// Bytes in all of them together.
std::uint64_t total_bytes(const std::vector<host::Extent>& extents);

/// The parts of `a` that are not in `b`.  Both ascending and disjoint.
std::vector<host::Extent> subtract(const std::vector<host::Extent>& a,
                                   const std::vector<host::Extent>& b);

/// The parts of `a` that are in `b` too.
std::vector<host::Extent> intersect(const std::vector<host::Extent>& a,
                                    const std::vector<host::Extent>& b);

/// `a` with `extent`, or with all of `b`; neighbours become one.
std::vector<host::Extent> unite(const std::vector<host::Extent>& a, host::Extent extent);
std::vector<host::Extent> unite(const std::vector<host::Extent>& a,
                                const std::vector<host::Extent>& b);

}  // namespace lind::runtime
