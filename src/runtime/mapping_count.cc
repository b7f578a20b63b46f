#include "runtime/mapping_count.h"

#include <atomic>

namespace lind::runtime {
namespace {

/// Of all memories, as their counts knew it last.
std::atomic<std::size_t>& total() noexcept {
  static std::atomic<std::size_t> sum{0};
  return sum;
}

}  // namespace

MappingCount::~MappingCount() {
  total().fetch_sub(counted_, std::memory_order_relaxed);
}

Result<void> MappingCount::admit(std::size_t now, std::size_t more) {
  // Modulo arithmetic: less than before is added as a huge number.
  const std::size_t sum =
      total().fetch_add(now - counted_, std::memory_order_relaxed) + (now - counted_);
  counted_ = now;
  const bool fits = now + more <= kMostOfOneMemory && sum + more <= kMostOfAll;
  return fits ? Result<void>() : Result<void>(uapi::Errno::kENOMEM);
}

}  // namespace lind::runtime
