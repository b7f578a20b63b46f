#include <algorithm>

#include "runtime/jump_table_internal.h"

namespace lind::runtime {

const JumpTable::Point* JumpTable::find(std::uint64_t token) const noexcept {
  const auto found = std::find_if(points.begin(), points.end(),
                                  [&](const Point& point) { return point.token == token; });
  return found == points.end() ? nullptr : &*found;
}

void JumpTable::drop_deeper(std::uint64_t depth) noexcept {
  while (!frames.empty() && frames.back().slot_depth > depth)
    frames.pop_back();
  while (!points.empty() && points.back().slot_depth > depth)
    points.pop_back();
}

}  // namespace lind::runtime
