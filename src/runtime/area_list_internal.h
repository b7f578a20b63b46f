/// \file
/// The areas of one linear memory as a sorted list.  Pure bookkeeping: no host call.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "runtime/address_space.h"
#include "runtime/mapping_count.h"

namespace lind::runtime {

/// What the host's pages of an area allow.
inline host::PageAccess page_access(Protection protection) noexcept {
  if (protection.write) return host::PageAccess::kReadWrite;  // x86 has no write-only page
  return protection.read ? host::PageAccess::kRead : host::PageAccess::kNone;
}
inline std::uint64_t end_of(const Area& area) noexcept {
  return area.start + area.num_bytes;
}
inline host::Extent extent_of(const Area& area) noexcept {
  return {area.start, end_of(area)};
}

/// Invariants: areas do not overlap, are page aligned and not empty; neighbours that one host
/// mapping could serve are one area.
class AreaList {
 public:
  /// The area that holds `address`, or null.
  const Area* find(std::uint64_t address) const;
  /// Whether [start, end) is covered without a hole.
  bool covers(std::uint64_t start, std::uint64_t end) const;
  /// The first address at or after `start` that no area holds.
  std::uint64_t covered_until(std::uint64_t start) const;
  bool is_free(std::uint64_t start, std::uint64_t end) const;
  /// Start of the highest free range of `num_bytes` inside [low, high).
  std::optional<std::uint64_t> find_gap(std::uint64_t num_bytes, std::uint64_t low,
                                        std::uint64_t high) const;

  /// Requires: the range is free.
  void insert(Area area);
  /// Takes everything out of [start, end) and returns the removed pieces, ascending.
  std::vector<Area> remove(std::uint64_t start, std::uint64_t end);
  /// The pieces of [start, end), ascending, as copies.
  std::vector<Area> slice(std::uint64_t start, std::uint64_t end) const;

  std::vector<Area> all() const;
  std::size_t size() const noexcept { return areas_.size(); }
  /// Whether there may be `more` areas, `besides` counted with those of the list.
  /// Errors: ENOMEM.
  Result<void> admit(std::size_t besides, std::size_t more) {
    return count_.admit(areas_.size() + besides, more);
  }
  bool empty() const noexcept { return areas_.empty(); }

 private:
  void split_at(std::uint64_t address);
  void merge_around(std::uint64_t start);

  std::map<std::uint64_t, Area> areas_;  ///< by start
  MappingCount count_;
};

}  // namespace lind::runtime
