#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "runtime/area_list_internal.h"

namespace lind::runtime {
namespace {

// The part of `area` inside [start, end).  Requires: they meet.
Area clip(const Area& area, std::uint64_t start, std::uint64_t end) {
  Area piece = area;
  piece.start = std::max(start, area.start);
  piece.num_bytes = std::min(end, end_of(area)) - piece.start;
  piece.file_offset += piece.start - area.start;
  return piece;
}

bool mergeable(const Area& low, const Area& high) {
  if (end_of(low) != high.start || low.backing != high.backing) return false;
  if (low.protection != high.protection || low.file != high.file) return false;
  if (low.was_writable != high.was_writable) return false;
  return low.backing == Backing::kOwn || low.file_offset + low.num_bytes == high.file_offset;
}

}  // namespace

const Area* AreaList::find(std::uint64_t address) const {
  auto after = areas_.upper_bound(address);
  if (after == areas_.begin()) return nullptr;
  const Area& area = std::prev(after)->second;
  return address < end_of(area) ? &area : nullptr;
}

std::uint64_t AreaList::covered_until(std::uint64_t start) const {
  while (const Area* area = find(start))
    start = end_of(*area);
  return start;
}

bool AreaList::covers(std::uint64_t start, std::uint64_t end) const {
  return covered_until(start) >= end;
}

bool AreaList::is_free(std::uint64_t start, std::uint64_t end) const {
  if (find(start) != nullptr) return false;
  const auto next = areas_.lower_bound(start);
  return next == areas_.end() || next->first >= end;
}

std::optional<std::uint64_t> AreaList::find_gap(std::uint64_t num_bytes, std::uint64_t low,
                                                std::uint64_t high) const {
  for (auto it = areas_.rbegin(); it != areas_.rend(); ++it) {
    const std::uint64_t end = end_of(it->second);
    if (end <= low) break;
    if (end <= high && high - end >= num_bytes) return high - num_bytes;
    high = std::min(high, it->first);
  }
  if (high < low || high - low < num_bytes) return std::nullopt;
  return high - num_bytes;
}

void AreaList::insert(Area area) {
  LIND_DCHECK(area.num_bytes > 0 && is_free(area.start, end_of(area)));
  const std::uint64_t start = area.start;
  areas_.emplace(start, std::move(area));
  merge_around(start);
}

std::vector<Area> AreaList::remove(std::uint64_t start, std::uint64_t end) {
  std::vector<Area> removed;
  if (start >= end) return removed;
  split_at(start);
  split_at(end);
  const auto first = areas_.lower_bound(start);
  const auto last = areas_.lower_bound(end);
  for (auto it = first; it != last; ++it)
    removed.push_back(std::move(it->second));
  areas_.erase(first, last);
  return removed;
}

std::vector<Area> AreaList::slice(std::uint64_t start, std::uint64_t end) const {
  std::vector<Area> pieces;
  auto it = areas_.upper_bound(start);
  if (it != areas_.begin() && end_of(std::prev(it)->second) > start) --it;
  for (; it != areas_.end() && it->first < end; ++it) {
    pieces.push_back(clip(it->second, start, end));
  }
  return pieces;
}

std::vector<Area> AreaList::all() const {
  std::vector<Area> list;
  list.reserve(areas_.size());
  for (const auto& [start, area] : areas_)
    list.push_back(area);
  return list;
}

void AreaList::split_at(std::uint64_t address) {
  const Area* found = find(address);
  if (found == nullptr || found->start == address) return;
  Area& low = areas_.at(found->start);
  Area high = clip(low, address, end_of(low));
  low.num_bytes = address - low.start;
  areas_.emplace(address, std::move(high));
}

void AreaList::merge_around(std::uint64_t start) {
  auto it = areas_.find(start);
  if (it != areas_.begin() && mergeable(std::prev(it)->second, it->second)) {
    const auto low = std::prev(it);
    low->second.num_bytes += it->second.num_bytes;
    areas_.erase(it);
    it = low;
  }
  const auto high = std::next(it);
  if (high != areas_.end() && mergeable(it->second, high->second)) {
    it->second.num_bytes += high->second.num_bytes;
    areas_.erase(high);
  }
}

}  // namespace lind::runtime
