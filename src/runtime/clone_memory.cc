// Memories that begin as copies of one image, over and over.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "host/page_map.h"
#include "runtime/address_space.h"
#include "runtime/area_list_internal.h"
#include "runtime/region_copy_internal.h"
#include "runtime/region_internal.h"

namespace lind::runtime {
namespace {

/// Up to here pages that were written are overwritten with the image's and stay: the next user
/// finds them where a fresh page costs a fault, twenty times the copy.
constexpr std::uint64_t kMaxKeptBytes = 256 * kKiB;

}  // namespace

Result<std::shared_ptr<AddressSpace>> AddressSpace::clone() {
  auto child = std::make_shared<AddressSpace>(Tag{});
  child->kind_ = kind_;
  child->max_pages_ = max_pages_;
  child->is_clone_ = true;
  const MutexLock lock(mu_);
  const MutexLock child_lock(child->mu_);  // nobody else knows the child: no order to keep
  LIND_TRY(child->areas_->admit(areas_->size(), 0));
  if (mode_ == Mode::kExclusive) LIND_TRY(freeze_locked());
  if (mode_ != Mode::kFrozen) return uapi::Errno::kENOMEM;
  LIND_CHECK(detached_.empty());
  std::unique_ptr<Region> region = LIND_TRY(RegionPool::make_joined(region_->file, span_bytes()));
  LIND_TRY(set_windows(*region, region_->windows));
  copy_state(*region_, *region);
  child->region_ = std::move(region);
  child->set_mode_locked(Mode::kFrozen);
  for (const Area& area : areas_->all()) {
    LIND_CHECK(area.backing == Backing::kOwn);
    child->areas_->insert(area);
    LIND_TRY(child->map_own_locked(area, area.protection));
  }
  return child;
}

Result<void> AddressSpace::reset_to(const AddressSpace& image, Tables tables) {
  const MutexLock lock(mu_);
  LIND_CHECK(is_clone_);
  if (pages() > image.pages()) {
    LIND_TRY(remove_locked(image.pages() * kWasmPageSize, pages() * kWasmPageSize));
    detached_.clear();  // it has grown, and nothing else takes pages out of the image
  }
  LIND_TRY(undo_stores_locked(image));
  if (tables == Tables::kChanged) {
    clear_state(*region_);
    copy_state(*image.region_, *region_);
  } else {
    set_pages(image.pages());
  }
  return {};
}

Result<void> AddressSpace::undo_stores_locked(const AddressSpace& image) {
  for (const Area& area : areas_->all()) {
    const std::uint64_t offset = Region::offset(area.start);
    found_.clear();
    const Result<void> looked = host::PageMap::instance().find_private_pages(
        {region_->base() + area.start, area.num_bytes}, found_);
    if (!looked.ok() || total_bytes(found_) > kMaxKeptBytes) {
      region_->reservation.discard(offset, area.num_bytes);
      continue;
    }
    for (const host::Extent& run : found_) {
      const host::Extent pages{area.start + run.start, area.start + run.end};
      LIND_TRY(copy_mapped(*image.region_, *region_, pages, pages.start));
    }
  }
  return {};
}

}  // namespace lind::runtime
