// Clocks.  WASI's numbers of clocks are Linux's.

#include <limits>

#include "wasi/functions.h"
#include "wasi/time_internal.h"

namespace lind::wasi {

using uapi::SyscallNo;

std::uint64_t to_ns(const uapi::Timespec& time) noexcept {
  constexpr std::uint64_t kMaxSeconds = std::numeric_limits<std::uint64_t>::max() / kNsPerSecond;
  if (time.sec < 0) return 0;
  const auto seconds = static_cast<std::uint64_t>(time.sec);
  if (seconds >= kMaxSeconds) return std::numeric_limits<std::uint64_t>::max();
  return seconds * kNsPerSecond + static_cast<std::uint32_t>(time.nsec);
}

namespace {

Result<std::uint64_t> ask_clock(Context& context, SyscallNo number, std::uint32_t id) {
  if (id > kClockThreadCputime) return Errno::kInval;
  const GuestAddr place = LIND_TRY(context.linux.reserve(sizeof(uapi::Timespec)));
  LIND_TRY(context.linux.make(number, id, place));
  return to_ns(LIND_TRY(context.linux.get<uapi::Timespec>(place)));
}

}  // namespace

Result<std::uint64_t> read_clock(Context& context, std::uint32_t id) {
  return ask_clock(context, SyscallNo::k_clock_gettime, id);
}

Answer clock_res_get(Context& context, std::uint32_t id, Ptr<std::uint64_t> resolution) {
  const std::uint64_t ns = LIND_TRY(ask_clock(context, SyscallNo::k_clock_getres, id));
  return resolution.write(ns);
}

Answer clock_time_get(Context& context, std::uint32_t id, std::uint64_t /*precision*/,
                      Ptr<std::uint64_t> time) {
  const std::uint64_t ns = LIND_TRY(read_clock(context, id));
  return time.write(ns);
}

}  // namespace lind::wasi
