/// \file
/// What uname and sysinfo answer.  Layout: docs/guest-abi.md, section 3.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "uapi/guest_type.h"

namespace lind::uapi {

inline constexpr std::size_t kUtsFieldBytes = 65;  ///< with the NUL

struct Utsname {
  std::array<char, kUtsFieldBytes> sysname;
  std::array<char, kUtsFieldBytes> nodename;
  std::array<char, kUtsFieldBytes> release;
  std::array<char, kUtsFieldBytes> version;
  std::array<char, kUtsFieldBytes> machine;
  std::array<char, kUtsFieldBytes> domainname;
};
static_assert(sizeof(Utsname) == 390 && GuestType<Utsname>);

struct Sysinfo {
  std::int64_t uptime;  ///< seconds
  std::array<std::uint64_t, 3> loads;
  std::uint64_t totalram;
  std::uint64_t freeram;
  std::uint64_t sharedram;
  std::uint64_t bufferram;
  std::uint64_t totalswap;
  std::uint64_t freeswap;
  std::uint16_t procs;
  std::uint16_t pad0;
  std::uint32_t pad1;
  std::uint64_t totalhigh;
  std::uint64_t freehigh;
  std::uint32_t mem_unit;  ///< bytes per unit of the sizes
  std::uint32_t pad2;
};
static_assert(sizeof(Sysinfo) == 112 && offsetof(Sysinfo, procs) == 80 &&
              offsetof(Sysinfo, totalhigh) == 88 && offsetof(Sysinfo, mem_unit) == 104 &&
              GuestType<Sysinfo>);

inline constexpr std::uint32_t kGRND_NONBLOCK = 1;
inline constexpr std::uint32_t kGRND_RANDOM = 2;
inline constexpr std::uint32_t kGRND_INSECURE = 4;

}  // namespace lind::uapi
