#include "runtime/address_space.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/checked.h"
#include "base/units.h"
#include "host/page_map.h"
#include "runtime/area_list_internal.h"
#include "runtime/fork_history_internal.h"
#include "runtime/region_copy_internal.h"
#include "runtime/region_internal.h"
#include "runtime/thread_gate.h"

namespace lind::runtime {
namespace {

using uapi::Errno;

/// Up to here a copy into recycled pages is cheaper than faults behind a fork that shares them:
/// docs/decisions/0007-fork-copies-or-freezes.md.
constexpr std::uint64_t kMaxEagerBytes = 4 * kMiB;

/// Regions with another one are not recycled, because nobody else could use them.
constexpr std::uint64_t kCommonSpan = AddressSpace::Options{}.span_bytes;

bool read_write(const Area& area) {
  return page_access(area.protection) == host::PageAccess::kReadWrite;
}

// `num_bytes` rounded up to pages, or nothing if it is zero or beyond all guest addresses.
std::optional<std::uint64_t> whole_pages(std::uint64_t num_bytes) {
  if (num_bytes == 0 || num_bytes > vmabi::kGuestAddressBytes) return std::nullopt;
  return align_up(num_bytes, kHostPageSize);
}

// The page range [start, start + num_bytes) as munmap, mprotect and madvise take it.
Result<host::Extent> page_range(GuestAddr start, std::uint64_t num_bytes) {
  const std::uint64_t first = to_u64(start);
  if (num_bytes > vmabi::kGuestAddressBytes) return Errno::kEINVAL;
  const std::uint64_t rounded = align_up(num_bytes, kHostPageSize);
  if (!is_aligned(first, kHostPageSize)) return Errno::kEINVAL;
  if (!range_fits(first, rounded, vmabi::kGuestAddressBytes)) return Errno::kEINVAL;
  return host::Extent{first, first + rounded};
}

// Appends the window of `table`.  Errors: EINVAL if it does not fit, or is there already.
Result<void> add_window(std::vector<Window>& windows, const AddressSpace::TableWindow& table) {
  if (table.index >= vmabi::kMaxTables || table.capacity == 0) return Errno::kEINVAL;
  const std::optional<std::uint64_t> num_bytes =
      checked_mul(table.capacity, std::uint64_t{sizeof(vmabi::TableEntry)});
  if (!num_bytes.has_value() || *num_bytes > vmabi::kStateWindowBytes) return Errno::kEINVAL;
  const Window window{table.window_offset, align_up(*num_bytes, kHostPageSize), table.index};
  const std::int64_t end = window.offset + static_cast<std::int64_t>(window.num_bytes);
  if (window.offset < vmabi::kTableWindowsStart || end > vmabi::kTableWindowsEnd) {
    return Errno::kEINVAL;
  }
  if (!is_aligned(Region::window_offset(window), kHostPageSize)) return Errno::kEINVAL;
  for (const Window& other : windows) {
    const std::int64_t other_end = other.offset + static_cast<std::int64_t>(other.num_bytes);
    if (other.table == window.table) return Errno::kEINVAL;
    if (window.offset < other_end && other.offset < end) return Errno::kEINVAL;
  }
  windows.push_back(window);
  return {};
}

}  // namespace

AddressSpace::AddressSpace(Tag)
    : areas_(std::make_unique<AreaList>()),
      history_(std::make_shared<ForkHistory>()),
      threads_(std::make_unique<ThreadGate>()) {}

Result<std::shared_ptr<AddressSpace>> AddressSpace::create(const Options& options) {
  auto space = std::make_shared<AddressSpace>(Tag{});
  space->kind_ = options.kind;
  const std::uint64_t limit = space->high_limit() / kWasmPageSize;
  space->max_pages_ = std::min(options.max_pages, limit);
  if (options.initial_pages > space->max_pages_) return Errno::kENOMEM;

  std::vector<Window> windows;
  for (const TableWindow& table : options.tables)
    LIND_TRY(add_window(windows, table));
  const std::uint64_t end = options.initial_pages * kWasmPageSize;
  std::vector<host::Extent> mapped;
  if (end > space->low_limit()) mapped.push_back({space->low_limit(), end});

  // Pages of the last owner that this one has too are zeroed where they are: an exec of the same
  // program then maps nothing and faults on nothing.
  const bool is_common = options.span_bytes == kCommonSpan;
  std::unique_ptr<Region> region = is_common ? RegionPool::instance().take(0, windows) : nullptr;
  if (region == nullptr) region = LIND_TRY(RegionPool::make(options.span_bytes));
  LIND_TRY(set_windows(*region, windows));
  LIND_TRY(set_mapped(*region, mapped));
  scrub(*region, {});
  space->region_ = std::move(region);

  const MutexLock lock(space->mu_);
  for (const host::Extent& extent : mapped) {
    space->areas_->insert({.start = extent.start,
                           .num_bytes = extent.end - extent.start,
                           .protection = {.read = true, .write = true},
                           .backing = Backing::kOwn,
                           .file = nullptr,
                           .was_writable = true});
  }
  space->set_pages(options.initial_pages);
  return space;
}

AddressSpace::~AddressSpace() {
  if (region_ == nullptr || span_bytes() != kCommonSpan || has_foreign_pages_ || is_clone_) return;
  // Nobody else holds the object: no lock is needed, but the analysis wants to see one.
  const MutexLock lock(mu_);
  region_->mapped.clear();
  for (const Area& area : areas_->all()) {
    if (area.backing == Backing::kOwn && read_write(area) && mode_ == Mode::kExclusive) {
      region_->mapped.push_back(extent_of(area));
    } else if (!region_->reservation.unmap(Region::offset(area.start), area.num_bytes).ok()) {
      return;  // too many mappings: the region goes back to the host
    }
  }
  if (mode_ != Mode::kExclusive && !leave_snapshot(*region_).ok()) return;
  const std::uint64_t room_bytes = call_rooms_bytes_;
  if (room_bytes != 0 &&
      !region_->reservation.unmap(Region::offset(span_bytes()), room_bytes).ok()) {
    return;
  }
  clear_state(*region_);
  RegionPool::instance().give(std::move(region_));
}

std::uint64_t AddressSpace::span_bytes() const noexcept {
  return region_->reservation.size() - vmabi::kStateWindowBytes - kCallRoomsBytes;
}

// --- rooms for arguments ----------------------------------------------------------------------

Result<GuestAddr> AddressSpace::take_call_room() {
  const MutexLock lock(mu_);
  if (!free_call_rooms_.empty()) {
    const GuestAddr start = free_call_rooms_.back();
    free_call_rooms_.pop_back();
    return start;
  }
  const std::uint64_t used = call_rooms_bytes_;
  if (used == kCallRoomsBytes) return Errno::kENOMEM;
  const std::uint64_t start = span_bytes() + used;
  LIND_TRY(region_->reservation.map_anonymous(Region::offset(start), kCallRoomBytes,
                                              host::PageAccess::kReadWrite));
  call_rooms_bytes_ = used + kCallRoomBytes;
  return GuestAddr{start};
}

void AddressSpace::give_call_room(GuestAddr start) {
  const MutexLock lock(mu_);
  free_call_rooms_.push_back(start);
}

bool AddressSpace::in_call_rooms(std::uint64_t addr, std::uint64_t num_bytes) const noexcept {
  const std::uint64_t start = span_bytes();
  return addr >= start && range_fits(addr - start, num_bytes, call_rooms_bytes_.load());
}

std::uint64_t AddressSpace::low_limit() const noexcept {
  return kind_ == Kind::kPosix ? vmabi::kLowGuardBytes : 0;
}

std::uint64_t AddressSpace::high_limit() const noexcept {
  return vmabi::kGuestAddressBytes - (kind_ == Kind::kPosix ? vmabi::kHighGuardBytes : 0);
}

// --- areas ----------------------------------------------------------------------------------

// Maps `area`, whose range must be free, and notes it.
Result<void> AddressSpace::install_locked(const Area& area) {
  if (area.backing == Backing::kOwn) {
    // The file may have old pages here, and they are not ours to free while it is frozen.
    if (mode_ != Mode::kExclusive) detached_ = unite(detached_, extent_of(area));
    LIND_TRY(map_own_locked(area, area.protection));
  } else {
    const auto sharing =
        area.backing == Backing::kPrivateFile ? host::Sharing::kPrivate : host::Sharing::kShared;
    LIND_TRY(region_->reservation.map_file(Region::offset(area.start), area.num_bytes,
                                           page_access(area.protection), sharing, *area.file,
                                           area.file_offset));
  }
  areas_->insert(area);
  return {};
}

// Maps an own area as `mode_` says, with `protection` instead of its own.
Result<void> AddressSpace::map_own_locked(const Area& area, Protection protection) {
  const auto sharing = mode_ == Mode::kExclusive ? host::Sharing::kShared : host::Sharing::kPrivate;
  LIND_DCHECK(mode_ != Mode::kExclusive || (detached_.empty() && region_->file->has_one_user()));
  const std::vector<host::Extent> all = {extent_of(area)};
  for (const host::Extent& run : subtract(all, detached_)) {
    LIND_TRY(region_->reservation.map_file(Region::offset(run.start), run.end - run.start,
                                           page_access(protection), sharing, region_->memfd(),
                                           run.start));
  }
  for (const host::Extent& run : intersect(all, detached_)) {
    LIND_TRY(region_->reservation.map_anonymous(Region::offset(run.start), run.end - run.start,
                                                page_access(protection)));
  }
  return {};
}

// Unmaps first and frees then, so that no store of another thread brings a page back.
Result<void> AddressSpace::remove_locked(std::uint64_t start, std::uint64_t end) {
  if (start >= end || areas_->is_free(start, end)) return {};
  LIND_TRY(region_->reservation.unmap(Region::offset(start), end - start));
  for (const Area& area : areas_->remove(start, end)) {
    if (area.backing != Backing::kOwn) continue;
    if (mode_ == Mode::kExclusive) {
      LIND_DCHECK(region_->file->has_one_user());
      region_->file->punch_hole(extent_of(area));
    } else {
      detached_ = unite(detached_, extent_of(area));  // thaw frees it
    }
  }
  return {};
}

Result<std::uint64_t> AddressSpace::place_locked(const MapRequest& request,
                                                 std::uint64_t num_bytes) {
  const std::uint64_t hint = request.hint;
  const bool inside = hint >= low_limit() && range_fits(hint, num_bytes, high_limit());
  if (request.place != MapRequest::Place::kAnywhere) {
    if (!is_aligned(hint, kHostPageSize)) return Errno::kEINVAL;
    if (!inside) return Errno::kENOMEM;
    const bool is_free = areas_->is_free(hint, hint + num_bytes);
    if (!is_free && request.place == MapRequest::Place::kFixedNoReplace) return Errno::kEEXIST;
    return hint;
  }
  if (hint != 0 && inside) {
    const std::uint64_t start = align_down(hint, kHostPageSize);
    if (start >= low_limit() && areas_->is_free(start, start + num_bytes)) return start;
  }
  const std::optional<std::uint64_t> gap = areas_->find_gap(num_bytes, low_limit(), high_limit());
  if (!gap.has_value()) return Errno::kENOMEM;
  return *gap;
}

Result<GuestAddr> AddressSpace::map(const MapRequest& request) {
  if (kind_ != Kind::kPosix) return Errno::kEINVAL;
  if (request.num_bytes == 0) return Errno::kEINVAL;
  const std::optional<std::uint64_t> num_bytes = whole_pages(request.num_bytes);
  if (!num_bytes.has_value()) return Errno::kENOMEM;
  if (!is_aligned(request.file_offset, kHostPageSize)) return Errno::kEINVAL;
  if (!checked_add(request.file_offset, *num_bytes).has_value()) return Errno::kEINVAL;

  std::shared_ptr<host::UniqueFd> file = request.file;
  if (request.backing == Backing::kSharedAnon) {
    file =
        std::make_shared<host::UniqueFd>(LIND_TRY(host::create_memfd("lind-shared", *num_bytes)));
  }
  LIND_CHECK(request.backing == Backing::kOwn || file != nullptr);

  const MutexLock lock(mu_);
  LIND_TRY(areas_->admit(detached_.size(), 2));
  const std::uint64_t start = LIND_TRY(place_locked(request, *num_bytes));
  LIND_TRY(remove_locked(start, start + *num_bytes));
  LIND_TRY(install_locked(
      {.start = start,
       .num_bytes = *num_bytes,
       .protection = request.protection,
       .backing = request.backing,
       .file = request.backing == Backing::kOwn ? nullptr : std::move(file),
       .file_offset = request.backing == Backing::kOwn || request.backing == Backing::kSharedAnon
                          ? 0
                          : request.file_offset,
       .was_writable = request.protection.write}));
  return GuestAddr{start};
}

Result<void> AddressSpace::unmap(GuestAddr start, std::uint64_t num_bytes) {
  const host::Extent range = LIND_TRY(page_range(start, num_bytes));
  if (kind_ != Kind::kPosix || range.start == range.end) return Errno::kEINVAL;
  const MutexLock lock(mu_);
  // Only what splits an area is refused: whoever is at the limit must be able to give areas back.
  const Area* const around = areas_->find(range.start);
  const bool splits =
      around != nullptr && around->start < range.start && end_of(*around) > range.end;
  if (splits) LIND_TRY(areas_->admit(detached_.size(), 1));
  return remove_locked(range.start, range.end);
}

Result<void> AddressSpace::protect_piece_locked(const Area& piece, Protection protection) {
  LIND_TRY(region_->reservation.protect(Region::offset(piece.start), piece.num_bytes,
                                        page_access(protection)));
  for (Area& area : areas_->remove(piece.start, end_of(piece))) {
    area.protection = protection;
    area.was_writable |= protection.write;
    areas_->insert(std::move(area));
  }
  return {};
}

// As Linux does: changes up to the first hole, then ENOMEM.
Result<void> AddressSpace::protect(GuestAddr start, std::uint64_t num_bytes,
                                   Protection protection) {
  const host::Extent range = LIND_TRY(page_range(start, num_bytes));
  if (kind_ != Kind::kPosix) return Errno::kEINVAL;
  const MutexLock lock(mu_);
  LIND_TRY(areas_->admit(detached_.size(), 2));
  const std::uint64_t covered = std::min(areas_->covered_until(range.start), range.end);
  for (const Area& piece : areas_->slice(range.start, covered)) {
    if (piece.protection != protection) LIND_TRY(protect_piece_locked(piece, protection));
  }
  if (covered < range.end) return Errno::kENOMEM;
  return {};
}

Result<void> AddressSpace::discard(GuestAddr start, std::uint64_t num_bytes) {
  const host::Extent range = LIND_TRY(page_range(start, num_bytes));
  const MutexLock lock(mu_);
  for (const Area& piece : areas_->slice(range.start, range.end)) {
    if (piece.backing == Backing::kOwn && mode_ == Mode::kExclusive) {
      region_->file->punch_hole(extent_of(piece));
    } else if (piece.backing == Backing::kOwn) {
      // Dropping private pages would show the file's, which others may still need.
      detached_ = unite(detached_, extent_of(piece));
      LIND_TRY(map_own_locked(piece, piece.protection));
    }
    if (piece.backing == Backing::kPrivateFile) {
      region_->reservation.discard(Region::offset(piece.start), piece.num_bytes);
    }
  }
  if (!areas_->covers(range.start, range.end)) return Errno::kENOMEM;
  return {};
}

Result<GuestAddr> AddressSpace::remap(GuestAddr start, std::uint64_t old_bytes,
                                      std::uint64_t new_bytes, MoveAllowed move) {
  const host::Extent old_range = LIND_TRY(page_range(start, old_bytes));
  const std::optional<std::uint64_t> new_size = whole_pages(new_bytes);
  if (kind_ != Kind::kPosix || old_range.start == old_range.end) return Errno::kEINVAL;
  if (new_bytes == 0) return Errno::kEINVAL;
  if (!new_size.has_value()) return Errno::kENOMEM;

  const MutexLock lock(mu_);
  LIND_TRY(areas_->admit(detached_.size(), 2));
  const std::vector<Area> pieces = areas_->slice(old_range.start, old_range.end);
  const std::uint64_t old_size = old_range.end - old_range.start;
  if (pieces.size() != 1 || pieces[0].num_bytes != old_size) return Errno::kEFAULT;
  if (*new_size <= old_size) {
    LIND_TRY(remove_locked(old_range.start + *new_size, old_range.end));
    return start;
  }
  const std::uint64_t new_end = old_range.start + *new_size;
  if (new_end <= high_limit() && areas_->is_free(old_range.end, new_end) &&
      pieces[0].backing != Backing::kSharedAnon) {
    Area tail = pieces[0];
    tail.file_offset += tail.backing == Backing::kOwn ? 0 : old_size;
    tail.start = old_range.end;
    tail.num_bytes = *new_size - old_size;
    LIND_TRY(install_locked(tail));
    return start;
  }
  if (move == MoveAllowed::kNo) return Errno::kENOMEM;
  return move_locked(pieces[0], *new_size, LIND_TRY(gap_for_locked(*new_size)));
}

Result<std::uint64_t> AddressSpace::gap_for_locked(std::uint64_t num_bytes) const {
  const std::optional<std::uint64_t> gap = areas_->find_gap(num_bytes, low_limit(), high_limit());
  if (!gap.has_value()) return Errno::kENOMEM;
  return *gap;
}

// Order of the steps: mremap_to, mm/mremap.c, v6.1.
Result<GuestAddr> AddressSpace::move_mapping(GuestAddr start, std::uint64_t old_bytes,
                                             std::uint64_t new_bytes,
                                             std::optional<GuestAddr> target, OldPlace old_place) {
  host::Extent old_range = LIND_TRY(page_range(start, old_bytes));
  const std::optional<std::uint64_t> new_size = whole_pages(new_bytes);
  if (kind_ != Kind::kPosix || old_range.start == old_range.end) return Errno::kEINVAL;
  if (!new_size.has_value()) return Errno::kEINVAL;
  const bool empties = old_place == OldPlace::kEmptied;
  if (empties && *new_size != old_range.end - old_range.start) return Errno::kEINVAL;
  if (target) {
    const std::uint64_t to = to_u64(*target);
    if (!is_aligned(to, kHostPageSize)) return Errno::kEINVAL;
    if (to < low_limit() || !range_fits(to, *new_size, high_limit())) return Errno::kEINVAL;
    if (to < old_range.end && old_range.start < to + *new_size) return Errno::kEINVAL;
  }

  const MutexLock lock(mu_);
  if (target) LIND_TRY(remove_locked(to_u64(*target), to_u64(*target) + *new_size));
  if (*new_size < old_range.end - old_range.start) {
    LIND_TRY(remove_locked(old_range.start + *new_size, old_range.end));
    old_range.end = old_range.start + *new_size;
  }
  const std::vector<Area> pieces = areas_->slice(old_range.start, old_range.end);
  const bool is_one = pieces.size() == 1 && pieces[0].num_bytes == old_range.end - old_range.start;
  if (!is_one) return Errno::kEFAULT;
  if (empties && pieces[0].backing != Backing::kOwn) return Errno::kEINVAL;
  // The object behind shared memory without a file does not grow.
  const bool grows = *new_size > pieces[0].num_bytes;
  if (grows && pieces[0].backing == Backing::kSharedAnon) return Errno::kENOMEM;
  const std::uint64_t to = target ? to_u64(*target) : LIND_TRY(gap_for_locked(*new_size));
  const GuestAddr moved = LIND_TRY(move_locked(pieces[0], *new_size, to));
  if (empties) LIND_TRY(install_locked(pieces[0]));
  return moved;
}

// Moves one piece of an area to `to`, where `new_bytes` are free.
Result<GuestAddr> AddressSpace::move_locked(const Area& piece, std::uint64_t new_bytes,
                                            std::uint64_t to) {
  Area target = piece;
  target.start = to;
  target.num_bytes = new_bytes;
  if (piece.backing == Backing::kOwn) {
    target.file_offset = 0;
    target.protection = {.read = true, .write = true};
    LIND_TRY(install_locked(target));
    if (mode_ == Mode::kExclusive) {
      for (const host::Extent& data : host::data_extents(region_->memfd(), extent_of(piece))) {
        LIND_TRY(copy_within(*region_, data, target.start + (data.start - piece.start)));
      }
    } else {
      if (page_access(piece.protection) == host::PageAccess::kNone) {
        LIND_TRY(region_->reservation.protect(Region::offset(piece.start), piece.num_bytes,
                                              host::PageAccess::kRead));
      }
      LIND_TRY(copy_mapped(*region_, *region_, extent_of(piece), target.start));
    }
    LIND_TRY(remove_locked(piece.start, end_of(piece)));
    const Area moved = areas_->slice(target.start, end_of(target)).front();
    LIND_TRY(protect_piece_locked(moved, piece.protection));
    return GuestAddr{target.start};
  }
  // A file: the new mapping first, then the old pages (changed private ones too) on top of it.
  LIND_TRY(install_locked(target));
  LIND_TRY(region_->reservation.move(Region::offset(piece.start), Region::offset(target.start),
                                     piece.num_bytes));
  (void)areas_->remove(piece.start, end_of(piece));
  return GuestAddr{target.start};
}

std::vector<ResidentPart> AddressSpace::resident_parts() const {
  const MutexLock lock(mu_);
  std::vector<ResidentPart> parts;
  const std::uint64_t in_file = host::resident_bytes(region_->memfd());
  if (mode_ == Mode::kExclusive) {
    parts.push_back({in_file, nullptr});
  } else {
    parts.push_back({in_file, region_->file.get()});
    const Result<std::vector<host::Extent>> own = private_pages_locked();
    if (own.ok()) parts.push_back({total_bytes(own.value()), nullptr});
  }
  for (const Area& area : areas_->all()) {
    if (area.backing == Backing::kSharedAnon) {
      parts.push_back({host::resident_bytes(*area.file), area.file.get()});
    }
  }
  return parts;
}

std::vector<Area> AddressSpace::areas() const {
  const MutexLock lock(mu_);
  return areas_->all();
}

Result<std::uint64_t> AddressSpace::grow(std::uint64_t delta_pages) {
  const MutexLock lock(mu_);
  const std::uint64_t old_pages = pages();
  if (delta_pages == 0) return old_pages;
  if (delta_pages > max_pages_ - old_pages) return Errno::kENOMEM;
  const std::uint64_t start = std::max(old_pages * kWasmPageSize, low_limit());
  const std::uint64_t end = (old_pages + delta_pages) * kWasmPageSize;
  if (start < end) {
    if (!areas_->is_free(start, end)) return Errno::kENOMEM;
    LIND_TRY(install_locked({.start = start,
                             .num_bytes = end - start,
                             .protection = {.read = true, .write = true},
                             .backing = Backing::kOwn,
                             .file = nullptr,
                             .was_writable = true}));
  }
  set_pages(old_pages + delta_pages);
  return old_pages;
}

// --- fork -----------------------------------------------------------------------------------

Result<std::shared_ptr<AddressSpace>> AddressSpace::fork(OtherWriters writers) {
  auto child = std::make_shared<AddressSpace>(Tag{});
  child->kind_ = kind_;
  child->max_pages_ = max_pages_;
  child->parents_history_ = history_;
  const MutexLock lock(mu_);
  LIND_TRY(fork_into_locked(*child, writers));
  LIND_DCHECK(invariants_hold_locked());
  return child;
}

Result<void> AddressSpace::fork_into_locked(AddressSpace& child, OtherWriters writers) {
  const MutexLock child_lock(child.mu_);  // nobody else knows the child: no order to keep
  LIND_TRY(child.areas_->admit(areas_->size() + detached_.size(), 0));
  if (mode_ != Mode::kExclusive && writers == OtherWriters::kNone &&
      region_->file->has_one_user()) {
    LIND_TRY(thaw_locked());
  }
  // Half of the areas would still write the file, and mapping the others again loses their pages.
  if (mode_ == Mode::kMixed) return Errno::kENOMEM;
  bool copies = false;
  if (mode_ == Mode::kExclusive) {
    const std::uint64_t resident = host::resident_bytes(region_->memfd());
    copies = resident <= kMaxEagerBytes || history_->prefers_copy(resident) ||
             host::PageMap::instance().method() == host::PageMap::Method::kNone;
  }
  LIND_TRY(copies ? copy_own_locked(child) : share_own_locked(child));
  for (const Area& area : areas_->all()) {
    if (area.backing == Backing::kOwn) continue;
    if (area.backing == Backing::kPrivateFile && area.was_writable) {
      LIND_TRY(copy_private_file_locked(child, area));
    } else {
      LIND_TRY(child.install_locked(area));
    }
  }
  return {};
}

// The runs that own areas cover.
std::vector<host::Extent> AddressSpace::own_extents_locked() const {
  std::vector<host::Extent> own;
  for (const Area& area : areas_->all()) {
    if (area.backing != Backing::kOwn) continue;
    if (!own.empty() && own.back().end == area.start) {
      own.back().end = end_of(area);
    } else {
      own.push_back(extent_of(area));
    }
  }
  return own;
}

Result<void> AddressSpace::copy_own_locked(AddressSpace& child) {
  // The parent's pages outside its own areas were freed when the area went.
  const std::vector<host::Extent>& data = region_->file->data();
  std::unique_ptr<Region> region = RegionPool::instance().take(total_bytes(data), region_->windows);
  if (region == nullptr) region = LIND_TRY(RegionPool::make());
  LIND_TRY(set_windows(*region, region_->windows));
  LIND_TRY(set_mapped(*region, own_extents_locked()));
  LIND_TRY(copy_contents(*region_, data, *region));
  child.region_ = std::move(region);
  for (const Area& area : areas_->all()) {
    if (area.backing != Backing::kOwn) continue;
    child.areas_->insert(area);
    if (read_write(area)) continue;
    LIND_TRY(child.region_->reservation.protect(Region::offset(area.start), area.num_bytes,
                                                page_access(area.protection)));
  }
  return {};
}

// --- freeze and thaw --------------------------------------------------------------------------

// The child maps the parent's file; what hides pages of it in the parent is copied.
Result<void> AddressSpace::share_own_locked(AddressSpace& child) {
  std::vector<host::Extent> changed;
  if (mode_ == Mode::kExclusive) {
    LIND_TRY(freeze_locked());
  } else {
    changed = LIND_TRY(private_pages_locked());
  }
  LIND_DCHECK(mode_ == Mode::kFrozen);
  std::unique_ptr<Region> region = RegionPool::instance().take(0, region_->windows);
  if (region == nullptr) region = LIND_TRY(RegionPool::make());
  LIND_TRY(set_windows(*region, region_->windows));
  LIND_TRY(set_mapped(*region, {}));
  join_snapshot(*region, region_->file);
  copy_state(*region_, *region);
  child.region_ = std::move(region);
  child.set_mode_locked(Mode::kFrozen);
  child.detached_ = detached_;
  for (const Area& area : areas_->all()) {
    if (area.backing != Backing::kOwn) continue;
    child.areas_->insert(area);  // first: the destructor unmaps it after a failure
    const std::vector<host::Extent> pages = intersect({extent_of(area)}, changed);
    if (pages.empty()) {
      LIND_TRY(child.map_own_locked(area, area.protection));
    } else {
      LIND_TRY(copy_changed_locked(child, area, pages));
    }
  }
  return {};
}

Result<void> AddressSpace::copy_changed_locked(AddressSpace& child, const Area& area,
                                               const std::vector<host::Extent>& pages) {
  const host::PageAccess access = page_access(area.protection);
  const std::uint64_t offset = Region::offset(area.start);
  LIND_TRY(child.map_own_locked(area, {.read = true, .write = true}));
  if (access == host::PageAccess::kNone) {
    LIND_TRY(region_->reservation.protect(offset, area.num_bytes, host::PageAccess::kRead));
  }
  Result<void> copied;
  for (const host::Extent& run : pages) {
    copied = copy_mapped(*region_, *child.region_, run, run.start);
    if (!copied.ok()) break;
  }
  if (access == host::PageAccess::kNone) {
    LIND_TRY(region_->reservation.protect(offset, area.num_bytes, access));
  }
  LIND_TRY(copied);
  if (read_write(area)) return {};
  return child.region_->reservation.protect(offset, area.num_bytes, access);
}

// The pages of own areas that the file does not have.
Result<std::vector<host::Extent>> AddressSpace::private_pages_locked() const {
  std::vector<host::Extent> pages;
  for (const host::Extent& run : own_extents_locked()) {
    const std::span<const std::byte> bytes(region_->base() + run.start, run.end - run.start);
    for (const host::Extent& found : LIND_TRY(host::PageMap::instance().private_pages(bytes))) {
      pages.push_back({run.start + found.start, run.start + found.end});
    }
  }
  return pages;
}

// Stores of other threads, and of the host kernel for them, go on: each finds one mapping or the
// other, and before the child exists both lead to the same content.
Result<void> AddressSpace::freeze_locked() {
  LIND_DCHECK(mode_ == Mode::kExclusive && detached_.empty());
  set_mode_locked(Mode::kMixed);
  for (const Area& area : areas_->all()) {
    if (area.backing == Backing::kOwn) LIND_TRY(map_own_locked(area, area.protection));
  }
  set_mode_locked(Mode::kFrozen);
  return {};
}

// Writes private pages into the file, which is the content then.  Requires: nobody else uses the
// file or writes this memory; a store between the two halves of a page's way would be lost.
Result<void> AddressSpace::fold_locked() {
  LIND_CHECK(mode_ != Mode::kExclusive && region_->file->has_one_user());
  const std::vector<host::Extent> changed = LIND_TRY(private_pages_locked());
  for (const host::Extent& run : subtract(detached_, changed))
    region_->file->punch_hole(run);
  for (const Area& area : areas_->all()) {
    if (area.backing != Backing::kOwn) continue;
    const std::vector<host::Extent> pages = intersect({extent_of(area)}, changed);
    if (pages.empty()) continue;
    const host::PageAccess access = page_access(area.protection);
    const std::uint64_t offset = Region::offset(area.start);
    if (access == host::PageAccess::kNone) {
      LIND_TRY(region_->reservation.protect(offset, area.num_bytes, host::PageAccess::kRead));
    }
    Result<void> written;
    for (const host::Extent& run : pages) {
      written = write_back(*region_, run);
      if (!written.ok()) break;
    }
    if (access == host::PageAccess::kNone) {
      LIND_TRY(region_->reservation.protect(offset, area.num_bytes, access));
    }
    LIND_TRY(written);
  }
  return {};
}

Result<void> AddressSpace::thaw_locked() {
  LIND_TRY(fold_locked());
  detached_ = intersect(detached_, own_extents_locked());
  return map_shared_locked();
}

void AddressSpace::thaw() {
  const MutexLock lock(mu_);
  if (mode_ == Mode::kExclusive || !region_->file->has_one_user()) return;
  // Without memory for it the content stays where it is; the next fork tries again.
  (void)thaw_locked();
  LIND_DCHECK(invariants_hold_locked());
}

bool AddressSpace::can_thaw() const {
  const MutexLock lock(mu_);
  return mode_ != Mode::kExclusive && region_->file->has_one_user();
}

// The child maps the file afresh and gets the pages that differ from it.
Result<void> AddressSpace::copy_private_file_locked(AddressSpace& child, const Area& area) {
  const bool readable = area.protection.read || area.protection.write;
  const std::uint64_t offset = Region::offset(area.start);
  if (!readable) {
    LIND_TRY(region_->reservation.protect(offset, area.num_bytes, host::PageAccess::kRead));
  }
  Area copy = area;
  copy.protection = {.read = true, .write = true};
  const Result<void> installed = child.install_locked(copy);
  if (installed.ok()) copy_changed_pages(*region_, *child.region_, extent_of(area));
  if (!readable) {
    LIND_TRY(region_->reservation.protect(offset, area.num_bytes, host::PageAccess::kNone));
  }
  LIND_TRY(installed);
  return child.protect_piece_locked(copy, area.protection);
}

// --- state window ---------------------------------------------------------------------------

Result<void> AddressSpace::commit_table(const TableWindow& table) {
  const MutexLock lock(mu_);
  std::vector<Window> windows = region_->windows;
  LIND_TRY(add_window(windows, table));
  const Window& added = windows.back();
  LIND_TRY(region_->reservation.map_anonymous(Region::window_offset(added), added.num_bytes,
                                              host::PageAccess::kReadWrite));
  region_->windows = std::move(windows);
  return {};
}

// --- memories beside this one ---------------------------------------------------------------

Result<void> AddressSpace::map_foreign(std::uint64_t offset, std::uint64_t num_bytes,
                                       const host::UniqueFd& file, std::uint64_t file_offset) {
  LIND_CHECK(range_fits(offset, num_bytes, span_bytes()));
  has_foreign_pages_ = true;
  return region_->reservation.map_file(Region::offset(offset), num_bytes,
                                       host::PageAccess::kReadWrite, host::Sharing::kShared, file,
                                       file_offset);
}

Result<void> AddressSpace::unmap_foreign(std::uint64_t offset, std::uint64_t num_bytes) {
  LIND_CHECK(range_fits(offset, num_bytes, span_bytes()));
  return region_->reservation.unmap(Region::offset(offset), num_bytes);
}

// --- calls in flight ------------------------------------------------------------------------

std::size_t InFlightRanges::publish(std::uint64_t start, std::uint64_t end) noexcept {
  // Only this thread publishes: a free slot stays free until it is taken here.
  for (std::size_t slot = 0; slot + 1 < kMaxRanges; ++slot) {
    if (ranges_[slot].end != 0) continue;
    ranges_[slot].start = start;
    ranges_[slot].end = end;
    return slot;
  }
  Range& last = ranges_[kMaxRanges - 1];
  last.start = last.end == 0 ? start : std::min(last.start.load(), start);
  last.end = std::max(last.end.load(), end);
  ++num_in_last_;
  return kMaxRanges - 1;
}

void InFlightRanges::retract(std::size_t slot) noexcept {
  if (slot == kMaxRanges - 1 && --num_in_last_ > 0) return;
  ranges_[slot].end = 0;
}

bool InFlightRanges::overlaps(std::uint64_t start, std::uint64_t end) const noexcept {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return range.start < end && start < range.end; });
}

}  // namespace lind::runtime
