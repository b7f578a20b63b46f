// What a frozen memory does when it turns out to write a lot: docs/fork.md, "Copy or freeze".

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "runtime/address_space.h"
#include "runtime/area_list_internal.h"
#include "runtime/fork_history_internal.h"
#include "runtime/region_copy_internal.h"
#include "runtime/region_internal.h"

namespace lind::runtime {
namespace {

// Per page, in ns: docs/decisions/0009-heavy-writers-get-a-copy.md.
constexpr std::uint64_t kFaultNs = 2300;
constexpr std::uint64_t kWarmCopyNs = 110;
constexpr std::uint64_t kColdCopyNs = 1300;

// A fork in so many shares pages all the same, to see whether children still write them.
constexpr std::uint32_t kForksBetweenTrials = 16;

// Whoever has written one page in so many is likely to go on.
constexpr std::uint64_t kHeavyPart = 20;

std::uint64_t copy_ns(std::uint64_t num_bytes) noexcept {
  const std::uint64_t warm =
      std::min(num_bytes, RegionPool::instance().closest_resident_bytes(num_bytes));
  return (warm * kWarmCopyNs + (num_bytes - warm) * kColdCopyNs) / kHostPageSize;
}

}  // namespace

bool copy_is_cheaper(std::uint64_t num_bytes, std::uint64_t num_pages) noexcept {
  return copy_ns(num_bytes) < num_pages * kFaultNs;
}

bool ForkHistory::prefers_copy(std::uint64_t num_bytes) noexcept {
  const std::uint64_t per_mille = written_per_mille.load(std::memory_order_relaxed);
  if (per_mille == 0) return false;
  if (num_forks.fetch_add(1, std::memory_order_relaxed) % kForksBetweenTrials ==
      kForksBetweenTrials - 1) {
    return false;
  }
  return copy_is_cheaper(num_bytes, num_bytes / kHostPageSize * per_mille / 1000);
}

bool AddressSpace::deserves_copy(std::uint64_t num_faults) const {
  const MutexLock lock(mu_);
  if (mode_ != Mode::kFrozen) return false;
  const std::uint64_t resident = host::resident_bytes(region_->memfd());
  // What has been written so far says how much will be: as much again, at least.
  return num_faults * kHeavyPart >= resident / kHostPageSize &&
         copy_is_cheaper(resident, num_faults * 4);
}

void AddressSpace::note_faults(std::uint64_t num_faults) {
  if (!is_frozen() || parents_history_ == nullptr) return;
  const MutexLock lock(mu_);
  if (mode_ != Mode::kFrozen) return;
  const std::uint64_t shared = host::resident_bytes(region_->memfd()) / kHostPageSize;
  std::uint64_t written = 0;
  if (shared > 0 && num_faults * kHeavyPart >= shared) {
    // Faults that only read count too: look closer.
    const auto changed = private_pages_locked();
    if (changed.ok()) written = total_bytes(changed.value()) / kHostPageSize;
  }
  const std::uint64_t per_mille =
      shared > 0 ? std::min<std::uint64_t>(written * 1000 / shared, 1000) : 0;
  parents_history_->written_per_mille.store(static_cast<std::uint32_t>(per_mille),
                                            std::memory_order_relaxed);
}

void AddressSpace::unshare() {
  const MutexLock lock(mu_);
  if (mode_ != Mode::kFrozen) return;
  if (region_->file->has_one_user()) {
    (void)thaw_locked();  // as in thaw
    return;
  }
  const auto changed = private_pages_locked();
  if (!changed.ok()) return;
  const std::uint64_t resident = host::resident_bytes(region_->memfd());
  const std::uint64_t written = total_bytes(changed.value());
  if (written * kHeavyPart < resident) return;
  // Without memory for it the kernel goes on copying page by page.
  (void)unshare_locked(changed.value());
  if (mode_ == Mode::kExclusive && parents_history_ != nullptr) {
    parents_history_->written_per_mille.store(1000, std::memory_order_relaxed);
  }
  LIND_DCHECK(invariants_hold_locked());
}

// Copies everything into the file of a recycled region, and maps that one instead.
Result<void> AddressSpace::unshare_locked(const std::vector<host::Extent>& changed) {
  const std::vector<host::Extent> own = own_extents_locked();
  const std::vector<host::Extent> in_file = intersect(
      subtract(host::data_extents(region_->memfd(), {0, vmabi::kGuestAddressBytes}), detached_),
      own);
  const std::vector<host::Extent> data = unite(in_file, changed);
  std::unique_ptr<Region> target = RegionPool::instance().take(total_bytes(data), region_->windows);
  if (target == nullptr) target = LIND_TRY(RegionPool::make());
  LIND_TRY(set_windows(*target, region_->windows));
  LIND_TRY(set_mapped(*target, own));
  LIND_TRY(protect_hidden_locked(host::PageAccess::kRead));
  const Result<void> copied = copy_data(*region_, data, *target);
  if (!copied.ok()) {
    LIND_TRY(protect_hidden_locked(host::PageAccess::kNone));
    return copied;
  }
  LIND_TRY(set_mapped(*target, {}));

  std::swap(region_->file, target->file);
  left_behind_ = std::move(target);  // until nothing maps its file any more
  return map_shared_locked();
}

// Copies read own areas that the guest may not read.
Result<void> AddressSpace::protect_hidden_locked(host::PageAccess access) {
  for (const Area& area : areas_->all()) {
    if (area.backing != Backing::kOwn || area.protection.read || area.protection.write) continue;
    LIND_TRY(region_->reservation.protect(Region::offset(area.start), area.num_bytes, access));
  }
  return {};
}

// The file has the content of all own areas, and nobody else uses it: they map it shared.
Result<void> AddressSpace::map_shared_locked() {
  LIND_DCHECK(region_->file->has_one_user());
  set_mode_locked(Mode::kMixed);
  for (const Area& area : areas_->all()) {
    if (area.backing != Backing::kOwn) continue;
    LIND_TRY(region_->reservation.map_file(Region::offset(area.start), area.num_bytes,
                                           page_access(area.protection), host::Sharing::kShared,
                                           region_->memfd(), area.start));
    detached_ = subtract(detached_, {extent_of(area)});
  }
  detached_.clear();  // the rest is in no area
  set_mode_locked(Mode::kExclusive);
  if (left_behind_ != nullptr && region_->spare != nullptr) {
    left_behind_->file->users.fetch_sub(1, std::memory_order_release);
    left_behind_->file = std::move(region_->spare);
    RegionPool::instance().give(std::move(left_behind_));
  }
  left_behind_.reset();
  region_->spare.reset();
  return {};
}

void AddressSpace::set_mode_locked(Mode mode) {
  mode_ = mode;
  is_frozen_.store(mode == Mode::kFrozen, std::memory_order_relaxed);
}

// For debug builds: docs/fork.md, I1 to I3, as far as our own books tell.
bool AddressSpace::invariants_hold_locked() const {
  if (!std::is_sorted(detached_.begin(), detached_.end(),
                      [](const auto& a, const auto& b) { return a.end <= b.start; })) {
    return false;
  }
  switch (mode_) {
    case Mode::kExclusive: {
      if (!detached_.empty() || !region_->file->has_one_user() || left_behind_ != nullptr) {
        return false;
      }
      const std::vector<host::Extent> data =
          host::data_extents(region_->memfd(), {0, vmabi::kGuestAddressBytes});
      return subtract(data, own_extents_locked()).empty();
    }
    case Mode::kFrozen: {
      const auto changed = private_pages_locked();
      return !changed.ok() || subtract(changed.value(), own_extents_locked()).empty();
    }
    case Mode::kMixed:
      return region_->file->has_one_user();
  }
  return false;
}

}  // namespace lind::runtime
