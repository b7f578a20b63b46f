#include "rawposix/proc/usage.h"

#include <sys/resource.h>

#include "base/check.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

std::int64_t to_ns(const timeval& value) noexcept {
  return (std::int64_t{value.tv_sec} * 1'000'000 + value.tv_usec) * 1000;
}

uapi::Long32 to_long(std::int64_t value) noexcept {
  return {.value = static_cast<std::int32_t>(value), .pad = 0};
}

}  // namespace

Usage& Usage::operator+=(const Usage& other) noexcept {
  user_ns += other.user_ns;
  system_ns += other.system_ns;
  minor_faults += other.minor_faults;
  major_faults += other.major_faults;
  blocks_in += other.blocks_in;
  blocks_out += other.blocks_out;
  voluntary_switches += other.voluntary_switches;
  involuntary_switches += other.involuntary_switches;
  return *this;
}

Usage Usage::operator-(const Usage& other) const noexcept {
  return {.user_ns = user_ns - other.user_ns,
          .system_ns = system_ns - other.system_ns,
          .minor_faults = minor_faults - other.minor_faults,
          .major_faults = major_faults - other.major_faults,
          .blocks_in = blocks_in - other.blocks_in,
          .blocks_out = blocks_out - other.blocks_out,
          .voluntary_switches = voluntary_switches - other.voluntary_switches,
          .involuntary_switches = involuntary_switches - other.involuntary_switches};
}

uapi::Rusage Usage::to_guest() const noexcept {
  uapi::Rusage guest{};
  guest.utime = to_timeval(user_ns);
  guest.stime = to_timeval(system_ns);
  guest.minflt = to_long(minor_faults);
  guest.majflt = to_long(major_faults);
  guest.inblock = to_long(blocks_in);
  guest.oublock = to_long(blocks_out);
  guest.nvcsw = to_long(voluntary_switches);
  guest.nivcsw = to_long(involuntary_switches);
  return guest;
}

Usage host_thread_usage() noexcept {
  rusage host{};
  LIND_CHECK(::getrusage(RUSAGE_THREAD, &host) == 0);
  return {.user_ns = to_ns(host.ru_utime),
          .system_ns = to_ns(host.ru_stime),
          .minor_faults = host.ru_minflt,
          .major_faults = host.ru_majflt,
          .blocks_in = host.ru_inblock,
          .blocks_out = host.ru_oublock,
          .voluntary_switches = host.ru_nvcsw,
          .involuntary_switches = host.ru_nivcsw};
}

}  // namespace lind::rawposix
