/// \file
/// Host error numbers as guests see them.

#pragma once

#include <cerrno>
#include <cstdint>

#include "base/result.h"
#include "uapi/errno.h"

namespace lind::host {

/// The guest's number for a host errno; EIO for one that guests have no name for.
/// Threading: any; async-signal-safe.
uapi::Errno to_errno(int host_errno) noexcept;

/// The error of the libc call that has just failed.
inline uapi::Errno last_errno() noexcept {
  return to_errno(errno);
}

/// A raw system call's result: a value, or -errno in -4095..-1.
inline Result<std::int64_t> from_syscall(std::int64_t result) noexcept {
  if (result < 0 && result >= -4095) return to_errno(static_cast<int>(-result));
  return result;
}

}  // namespace lind::host
