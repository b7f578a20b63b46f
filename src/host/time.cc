#include "host/time.h"

#include <time.h>

#include <limits>

#include "base/check.h"
#include "base/checked.h"

namespace lind::host {

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  LIND_CHECK(::clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

std::int64_t deadline_after(std::int64_t relative_ns) noexcept {
  return checked_add(monotonic_ns(), relative_ns)
      .value_or(std::numeric_limits<std::int64_t>::max());
}

}  // namespace lind::host
