/// \file
/// Time structures and clock numbers.  Layout: docs/guest-abi.md, section 3 (x86-64's kernel
/// layout, `long` fields in the low half of their place).  Numbers: linux/time.h, v6.1.

#pragma once

#include <cstddef>
#include <cstdint>

#include "uapi/guest_type.h"

namespace lind::uapi {

/// `pad` is ignored when read and zero when written.
struct Timespec {
  std::int64_t sec;
  std::int32_t nsec;
  std::uint32_t pad;
};
static_assert(sizeof(Timespec) == 16 && offsetof(Timespec, nsec) == 8 && GuestType<Timespec>);

struct Timeval {
  std::int64_t sec;
  std::int32_t usec;
  std::uint32_t pad;
};
static_assert(sizeof(Timeval) == 16 && offsetof(Timeval, usec) == 8 && GuestType<Timeval>);

struct Itimerval {
  Timeval interval;
  Timeval value;
};
static_assert(sizeof(Itimerval) == 32 && offsetof(Itimerval, value) == 16 && GuestType<Itimerval>);

struct Itimerspec {
  Timespec interval;
  Timespec value;
};
static_assert(sizeof(Itimerspec) == 32 && offsetof(Itimerspec, value) == 16 &&
              GuestType<Itimerspec>);

struct Timezone {
  std::int32_t minutes_west;
  std::int32_t dst_time;
};
static_assert(sizeof(Timezone) == 8 && GuestType<Timezone>);

/// struct tms in ticks of 1/100 s.
struct Tms {
  std::int32_t utime;
  std::uint32_t pad0;
  std::int32_t stime;
  std::uint32_t pad1;
  std::int32_t cutime;
  std::uint32_t pad2;
  std::int32_t cstime;
  std::uint32_t pad3;
};
static_assert(sizeof(Tms) == 32 && offsetof(Tms, stime) == 8 && offsetof(Tms, cutime) == 16 &&
              offsetof(Tms, cstime) == 24 && GuestType<Tms>);

inline constexpr std::int64_t kClockTicksPerSecond = 100;  ///< AT_CLKTCK

inline constexpr std::int32_t kCLOCK_REALTIME = 0;
inline constexpr std::int32_t kCLOCK_MONOTONIC = 1;
inline constexpr std::int32_t kCLOCK_PROCESS_CPUTIME_ID = 2;
inline constexpr std::int32_t kCLOCK_THREAD_CPUTIME_ID = 3;
inline constexpr std::int32_t kCLOCK_MONOTONIC_RAW = 4;
inline constexpr std::int32_t kCLOCK_REALTIME_COARSE = 5;
inline constexpr std::int32_t kCLOCK_MONOTONIC_COARSE = 6;
inline constexpr std::int32_t kCLOCK_BOOTTIME = 7;
inline constexpr std::int32_t kCLOCK_TAI = 11;

inline constexpr std::int32_t kTIMER_ABSTIME = 1;

inline constexpr std::int32_t kITIMER_REAL = 0;
inline constexpr std::int32_t kITIMER_VIRTUAL = 1;
inline constexpr std::int32_t kITIMER_PROF = 2;

}  // namespace lind::uapi
