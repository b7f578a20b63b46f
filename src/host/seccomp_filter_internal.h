/// \file
/// What the filters of the build and the code that loads them agree on.

#pragma once

#include <cstdint>

namespace lind::host {

/// Stands in a filter where the pid of the process that loads it belongs.  No pid, flag or ioctl
/// request has this value: Linux's pids end at 2^22 (linux/threads.h, PID_MAX_LIMIT).
constexpr std::uint32_t kOwnPidPlaceholder = 0xf0e1d2c3;

}  // namespace lind::host
