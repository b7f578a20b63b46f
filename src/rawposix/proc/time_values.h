/// \file
/// Between the guest's times and nanoseconds.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "uapi/time.h"

namespace lind::rawposix {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// Nanoseconds of a valid time, the largest number if they do not fit; nothing if it is negative
/// or its fraction is not below a second (EINVAL).
constexpr std::optional<std::int64_t> to_ns(const uapi::Timespec& value) noexcept {
  if (value.sec < 0 || value.nsec < 0 || value.nsec >= kNsPerSecond) return std::nullopt;
  if (value.sec >= std::numeric_limits<std::int64_t>::max() / kNsPerSecond) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return value.sec * kNsPerSecond + value.nsec;
}
constexpr std::optional<std::int64_t> to_ns(const uapi::Timeval& value) noexcept {
  if (value.usec < 0 || value.usec >= 1'000'000) return std::nullopt;
  return to_ns(uapi::Timespec{.sec = value.sec, .nsec = value.usec * 1000, .pad = 0});
}

/// Requires: `ns` is not negative.
constexpr uapi::Timespec to_timespec(std::int64_t ns) noexcept {
  return {.sec = ns / kNsPerSecond, .nsec = static_cast<std::int32_t>(ns % kNsPerSecond), .pad = 0};
}
constexpr uapi::Timeval to_timeval(std::int64_t ns) noexcept {
  return {.sec = ns / kNsPerSecond,
          .usec = static_cast<std::int32_t>(ns % kNsPerSecond / 1000),
          .pad = 0};
}

}  // namespace lind::rawposix
