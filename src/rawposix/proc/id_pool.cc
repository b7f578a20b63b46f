#include "rawposix/proc/id_pool.h"

#include "base/check.h"

namespace lind::rawposix {

std::optional<std::uint32_t> IdPool::take() {
  for (std::uint32_t tried = 0; tried <= kMaxPid; ++tried) {
    const std::uint32_t id = next_;
    next_ = next_ == kMaxPid ? kReserved : next_ + 1;
    if (id >= holders_.size()) holders_.resize(id + std::size_t{1});
    if (holders_[id] != 0) continue;
    holders_[id] = 1;
    return id;
  }
  return std::nullopt;
}

void IdPool::hold(std::uint32_t id) {
  LIND_CHECK(holders_[id] > 0);
  ++holders_[id];
}

void IdPool::drop(std::uint32_t id) {
  LIND_CHECK(holders_[id] > 0);
  --holders_[id];
}

}  // namespace lind::rawposix
