/// \file
/// Ranges of pages as madvise and its neighbours take them.

#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "runtime/address_space.h"

namespace lind::rawposix {

/// Guest addresses [start, end) of whole pages.
struct PageRange {
  std::uint64_t start;
  std::uint64_t end;
};

/// Errors: EINVAL if `address` is not page aligned, ENOMEM beyond the memory.
Result<PageRange> page_range_of(std::uint64_t address, std::uint64_t num_bytes);

/// The parts of areas inside `range`; `covered` tells whether they leave no hole.
std::vector<runtime::Area> areas_in(const runtime::AddressSpace& memory, const PageRange& range,
                                    bool* covered);

}  // namespace lind::rawposix
