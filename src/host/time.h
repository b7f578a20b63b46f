/// \file
/// Clocks of the host.

#pragma once

#include <cstdint>

namespace lind::host {

/// CLOCK_MONOTONIC in nanoseconds.
std::int64_t monotonic_ns() noexcept;

/// `deadline_ns = now + relative_ns`, the latest representable time if that does not fit.
std::int64_t deadline_after(std::int64_t relative_ns) noexcept;

}  // namespace lind::host
