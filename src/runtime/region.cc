#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "runtime/region_internal.h"

namespace lind::runtime {
namespace {

constexpr std::uint64_t kReservationAlignment = 2 * kMiB;  // so that 2 MiB pages can be used

// Up to here zeroing resident pages costs less than giving them back and faulting them in again.
constexpr std::uint64_t kMaxZeroedBytes = 1 * kMiB;

// Mapping other windows and clearing them takes as long as faults on so many bytes.
constexpr std::uint64_t kOtherWindowsBytes = 64 * kKiB;

Result<std::shared_ptr<Snapshot>> make_snapshot() {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->memfd = LIND_TRY(host::create_memfd("lind-memory", vmabi::kGuestAddressBytes));
  return snapshot;
}

}  // namespace

const std::vector<host::Extent>& Snapshot::data() {
  known_ = host::data_extents(memfd, {0, vmabi::kGuestAddressBytes}, known_);
  return known_;
}

void Snapshot::punch_hole(host::Extent range) {
  host::punch_hole(memfd, range);
  known_ = subtract(known_, {range});
}

Region::~Region() {
  reservation = host::Mapping();  // first the mappings, then the count
  if (file != nullptr) file->users.fetch_sub(1, std::memory_order_release);
}

void join_snapshot(Region& region, std::shared_ptr<Snapshot> snapshot) {
  LIND_DCHECK(region.spare == nullptr && region.mapped.empty());
  snapshot->users.fetch_add(1, std::memory_order_relaxed);
  region.spare = std::exchange(region.file, std::move(snapshot));
}

Result<void> leave_snapshot(Region& region) {
  if (region.spare == nullptr) {
    if (region.file->has_one_user()) return {};
    region.spare = LIND_TRY(make_snapshot());
  }
  region.file->users.fetch_sub(1, std::memory_order_release);
  region.file = std::move(region.spare);
  return {};
}

std::uint64_t total_bytes(const std::vector<host::Extent>& extents) {
  std::uint64_t sum = 0;
  for (const host::Extent& extent : extents)
    sum += extent.end - extent.start;
  return sum;
}

RegionPool& RegionPool::instance() {
  static RegionPool* const pool = new RegionPool;
  return *pool;
}

std::unique_ptr<Region> RegionPool::take(std::uint64_t wanted_bytes,
                                         const std::vector<Window>& windows) {
  const MutexLock lock(mu_);
  if (regions_.empty()) return nullptr;
  const auto distance = [&](const std::unique_ptr<Region>& region) {
    const std::uint64_t resident = total_bytes(region->dirty);
    return (resident > wanted_bytes ? resident - wanted_bytes : wanted_bytes - resident) +
           (region->windows == windows ? 0 : kOtherWindowsBytes);
  };
  const auto closest =
      std::min_element(regions_.begin(), regions_.end(),
                       [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  std::unique_ptr<Region> region = std::move(*closest);
  regions_.erase(closest);
  resident_bytes_ -= total_bytes(region->dirty);
  return region;
}

std::uint64_t RegionPool::closest_resident_bytes(std::uint64_t wanted_bytes) const {
  const MutexLock lock(mu_);
  std::uint64_t closest = 0;
  for (const std::unique_ptr<Region>& region : regions_) {
    closest = std::max(closest, std::min(total_bytes(region->dirty), wanted_bytes));
  }
  return closest;
}

Result<std::unique_ptr<Region>> RegionPool::make(std::uint64_t span_bytes) {
  auto region = std::make_unique<Region>();
  region->reservation = LIND_TRY(host::Mapping::reserve(
      vmabi::kStateWindowBytes + span_bytes + kCallRoomsBytes, kReservationAlignment));
  region->file = LIND_TRY(make_snapshot());
  LIND_TRY(region->reservation.map_anonymous(vmabi::kStateWindowBytes - kHostPageSize,
                                             kHostPageSize, host::PageAccess::kReadWrite));
  return region;
}

Result<std::unique_ptr<Region>> RegionPool::make_joined(std::shared_ptr<Snapshot> snapshot,
                                                        std::uint64_t span_bytes) {
  auto region = std::make_unique<Region>();
  const std::uint64_t num_bytes = vmabi::kStateWindowBytes + span_bytes + kCallRoomsBytes;
  region->reservation = LIND_TRY(
      host::Mapping::reserve(align_up(num_bytes, kReservationAlignment), kReservationAlignment));
  LIND_TRY(region->reservation.map_anonymous(vmabi::kStateWindowBytes - kHostPageSize,
                                             kHostPageSize, host::PageAccess::kReadWrite));
  snapshot->users.fetch_add(1, std::memory_order_relaxed);
  region->file = std::move(snapshot);
  return region;
}

void RegionPool::give(std::unique_ptr<Region> region) {
  LIND_DCHECK(region->spare == nullptr && region->file->has_one_user());
  if (host::resident_bytes(region->memfd()) > kMaxResidentBytes) return;
  region->dirty = region->file->data();
  const std::uint64_t resident = total_bytes(region->dirty);
  const MutexLock lock(mu_);
  // The local `region` frees one that finds no room, after the lock is released.
  if (regions_.size() == kMaxRegions || resident > kMaxResidentBytes - resident_bytes_) return;
  resident_bytes_ += resident;
  regions_.push_back(std::move(region));
}

std::vector<host::Extent> subtract(const std::vector<host::Extent>& a,
                                   const std::vector<host::Extent>& b) {
  std::vector<host::Extent> rest;
  auto cut = b.begin();
  for (host::Extent piece : a) {
    while (cut != b.end() && cut->end <= piece.start)
      ++cut;
    for (auto it = cut; it != b.end() && it->start < piece.end; ++it) {
      if (it->start > piece.start) rest.push_back({piece.start, it->start});
      piece.start = std::max(piece.start, it->end);
    }
    if (piece.start < piece.end) rest.push_back(piece);
  }
  return rest;
}

std::vector<host::Extent> intersect(const std::vector<host::Extent>& a,
                                    const std::vector<host::Extent>& b) {
  return subtract(a, subtract(a, b));
}

std::vector<host::Extent> unite(const std::vector<host::Extent>& a, host::Extent extent) {
  std::vector<host::Extent> all;
  for (const host::Extent& other : a) {
    if (other.end < extent.start || extent.end < other.start) {
      all.push_back(other);
    } else {
      extent = {std::min(extent.start, other.start), std::max(extent.end, other.end)};
    }
  }
  const auto after = std::find_if(
      all.begin(), all.end(), [&](const host::Extent& other) { return other.start > extent.end; });
  all.insert(after, extent);
  return all;
}

std::vector<host::Extent> unite(const std::vector<host::Extent>& a,
                                const std::vector<host::Extent>& b) {
  const std::vector<host::Extent> rest = subtract(b, a);
  std::vector<host::Extent> both(a.size() + rest.size());
  std::merge(a.begin(), a.end(), rest.begin(), rest.end(), both.begin(),
             [](const host::Extent& x, const host::Extent& y) { return x.start < y.start; });
  std::vector<host::Extent> all;
  for (const host::Extent& extent : both) {
    if (!all.empty() && all.back().end == extent.start) {
      all.back().end = extent.end;
    } else {
      all.push_back(extent);
    }
  }
  return all;
}

void scrub(Region& region, const std::vector<host::Extent>& keep) {
  const std::vector<host::Extent> stale = subtract(region.dirty, keep);
  const bool give_back = total_bytes(stale) > kMaxZeroedBytes;
  const std::vector<host::Extent> unmapped = give_back ? stale : subtract(stale, region.mapped);
  for (const host::Extent& range : unmapped)
    region.file->punch_hole(range);
  for (const host::Extent& range : subtract(stale, unmapped)) {
    std::memset(region.base() + range.start, 0, range.end - range.start);
  }
  region.dirty.clear();
}

Result<void> set_mapped(Region& region, const std::vector<host::Extent>& wanted) {
  for (const host::Extent& range : subtract(region.mapped, wanted)) {
    LIND_TRY(region.reservation.unmap(Region::offset(range.start), range.end - range.start));
  }
  for (const host::Extent& range : subtract(wanted, region.mapped)) {
    LIND_TRY(region.reservation.map_file(Region::offset(range.start), range.end - range.start,
                                         host::PageAccess::kReadWrite, host::Sharing::kShared,
                                         region.memfd(), range.start));
  }
  region.mapped = wanted;
  return {};
}

Result<void> set_windows(Region& region, const std::vector<Window>& wanted) {
  if (region.windows == wanted) return {};
  for (const Window& window : std::exchange(region.windows, {})) {
    LIND_TRY(region.reservation.unmap(Region::window_offset(window), window.num_bytes));
  }
  for (const Window& window : wanted) {
    LIND_TRY(region.reservation.map_anonymous(Region::window_offset(window), window.num_bytes,
                                              host::PageAccess::kReadWrite));
  }
  region.windows = wanted;
  return {};
}

}  // namespace lind::runtime
