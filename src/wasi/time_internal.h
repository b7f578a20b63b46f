/// \file
/// WASI's nanoseconds and Linux's timespec.

#pragma once

#include <cstdint>

#include "uapi/time.h"
#include "wasi/function.h"

namespace lind::wasi {

inline constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

constexpr uapi::Timespec to_timespec(std::uint64_t ns) noexcept {
  return {.sec = static_cast<std::int64_t>(ns / kNsPerSecond),
          .nsec = static_cast<std::int32_t>(ns % kNsPerSecond),
          .pad = 0};
}
/// Times before 1970 are 0, those behind 2554 the last there is.
std::uint64_t to_ns(const uapi::Timespec& time) noexcept;

/// What Linux clock `id` says.  Errors: kInval.
Result<std::uint64_t> read_clock(Context& context, std::uint32_t id);

/// Access and modification time of fd_ and path_filestat_set_times, in the room.
/// Errors: kInval (unknown flags, or a time and "now" together).
Result<GuestAddr> put_times(Context& context, std::uint64_t atim, std::uint64_t mtim,
                            std::uint32_t flags);

}  // namespace lind::wasi
