/// \file
/// Copies between the memories of two cages.

#pragma once

#include <cstdint>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/address_space.h"

namespace lind::threei {

/// One side of a copy.
struct CopyEnd {
  runtime::AddressSpace* memory;
  GuestAddr addr;
  /// Its cage may fork or thaw the memory meanwhile: stores must not come in between.
  bool runs_free = false;
};

/// Copies `num_bytes`; returns how many, fewer if one side faults in the middle.
/// Errors: EFAULT if the first byte faults.
Result<std::uint64_t> copy_between(const CopyEnd& to, const CopyEnd& from, std::uint64_t num_bytes);
/// Copies a string with its NUL; returns its bytes with the NUL.
/// Errors: EFAULT; ENAMETOOLONG if there is no NUL within `max_bytes`.
Result<std::uint64_t> copy_string(const CopyEnd& to, const CopyEnd& from, std::uint64_t max_bytes);

}  // namespace lind::threei
