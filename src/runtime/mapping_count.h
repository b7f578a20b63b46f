/// \file
/// The share of the host's mappings that linear memories may take.

#pragma once

#include <cstddef>

#include "base/result.h"

namespace lind::runtime {

/// What one memory counts against the mappings of the host process.
///
/// The host counts mappings for the whole process (vm.max_map_count, 65530 where nobody changed
/// it); without a quota one cage could take the last one.  An area costs up to two: itself, and the
/// hole behind it.  What no memory may take is the reserve of the runtime: stacks, state, other
/// tables.
///
/// Threading: the methods under the lock of the memory it belongs to.  The sum is shared.
class MappingCount {
 public:
  static constexpr std::size_t kMostOfOneMemory = 8192;  ///< areas
  static constexpr std::size_t kMostOfAll = 24576;

  MappingCount() = default;
  ~MappingCount();
  MappingCount(const MappingCount&) = delete;
  MappingCount& operator=(const MappingCount&) = delete;

  /// Notes that the memory has `now` areas, and asks whether it may have `more`.
  /// Errors: ENOMEM.
  Result<void> admit(std::size_t now, std::size_t more);

 private:
  std::size_t counted_ = 0;
};

}  // namespace lind::runtime
