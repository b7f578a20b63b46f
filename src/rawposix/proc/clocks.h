/// \file
/// Clock numbers of guests: the host's, and those of CPU time.

#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "rawposix/caller.h"

namespace lind::rawposix {

/// Which CPU time a clock counts.
struct CpuClock {
  std::uint32_t pid = 0;
  std::uint32_t tid = 0;  ///< 0: the process's
};

/// The same for everybody: the host's.
bool is_shared_clock(std::int32_t clock) noexcept;
/// Source: include/linux/posix-timers.h, v6.1.  Nothing if `clock` is none of CPU time, or one of a
/// process or thread that does not live.
std::optional<CpuClock> cpu_clock(Caller& caller, std::int32_t clock);
/// Its time in ns, never negative.  Errors: EINVAL if there is no such clock.
Result<std::int64_t> clock_ns(Caller& caller, std::int32_t clock);

}  // namespace lind::rawposix
