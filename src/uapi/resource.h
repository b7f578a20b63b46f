/// \file
/// Resource limits and usage.  Layout: docs/guest-abi.md, section 3.  Numbers:
/// asm-generic/resource.h and linux/resource.h, v6.1.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "uapi/guest_type.h"
#include "uapi/time.h"

namespace lind::uapi {

struct Rlimit {
  std::uint64_t current;
  std::uint64_t maximum;
};
static_assert(sizeof(Rlimit) == 16 && GuestType<Rlimit>);

inline constexpr std::uint64_t kRLIM_INFINITY = ~std::uint64_t{0};
inline constexpr std::uint32_t kRLIMIT_CPU = 0;  ///< seconds
inline constexpr std::uint32_t kRLIMIT_FSIZE = 1;
inline constexpr std::uint32_t kRLIMIT_STACK = 3;
inline constexpr std::uint32_t kRLIMIT_CORE = 4;
inline constexpr std::uint32_t kRLIMIT_NPROC = 6;
inline constexpr std::uint32_t kRLIMIT_NOFILE = 7;
inline constexpr std::uint32_t kRLIMIT_MEMLOCK = 8;
inline constexpr std::uint32_t kRLIMIT_AS = 9;
inline constexpr std::uint32_t kRLIMIT_SIGPENDING = 11;
inline constexpr std::uint32_t kRLIMIT_NICE = 13;
inline constexpr std::uint32_t kRLIMIT_RTPRIO = 14;
inline constexpr std::uint32_t kRLIM_NLIMITS = 16;

/// A `long` of the guest in the place of a 64-bit one of the kernel.
struct Long32 {
  std::int32_t value;
  std::uint32_t pad;
};

struct Rusage {
  Timeval utime;
  Timeval stime;
  Long32 maxrss;  ///< KiB
  Long32 ixrss;
  Long32 idrss;
  Long32 isrss;
  Long32 minflt;
  Long32 majflt;
  Long32 nswap;
  Long32 inblock;
  Long32 oublock;
  Long32 msgsnd;
  Long32 msgrcv;
  Long32 nsignals;
  Long32 nvcsw;
  Long32 nivcsw;
};
static_assert(sizeof(Rusage) == 144 && offsetof(Rusage, maxrss) == 32 &&
              offsetof(Rusage, nivcsw) == 136 && GuestType<Rusage>);

inline constexpr std::int32_t kRUSAGE_SELF = 0;
inline constexpr std::int32_t kRUSAGE_CHILDREN = -1;
inline constexpr std::int32_t kRUSAGE_THREAD = 1;

inline constexpr std::int32_t kPRIO_PROCESS = 0;
inline constexpr std::int32_t kPRIO_PGRP = 1;
inline constexpr std::int32_t kPRIO_USER = 2;
inline constexpr std::int32_t kMinNice = -20;
inline constexpr std::int32_t kMaxNice = 19;

}  // namespace lind::uapi
