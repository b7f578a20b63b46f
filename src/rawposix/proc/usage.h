/// \file
/// What processes and threads have used.

#pragma once

#include <cstdint>

#include "uapi/resource.h"

namespace lind::rawposix {

/// Counts of one thread, of one process, or of the children it has reaped.
struct Usage {
  std::int64_t user_ns = 0;
  std::int64_t system_ns = 0;
  std::int64_t minor_faults = 0;
  std::int64_t major_faults = 0;
  std::int64_t blocks_in = 0;
  std::int64_t blocks_out = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;

  Usage& operator+=(const Usage& other) noexcept;
  Usage operator-(const Usage& other) const noexcept;
  /// The guest's form; maxrss and the fields that Linux leaves 0 are 0.
  uapi::Rusage to_guest() const noexcept;
};

/// Of the calling host thread since it began.
Usage host_thread_usage() noexcept;

}  // namespace lind::rawposix
