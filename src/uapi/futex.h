/// \file
/// Operations of futex.  Numbers: linux/futex.h, v6.1.

#pragma once

#include <cstdint>

#include "uapi/guest_type.h"

namespace lind::uapi {

inline constexpr std::int32_t kFUTEX_WAIT = 0;
inline constexpr std::int32_t kFUTEX_WAKE = 1;
inline constexpr std::int32_t kFUTEX_REQUEUE = 3;
inline constexpr std::int32_t kFUTEX_CMP_REQUEUE = 4;
inline constexpr std::int32_t kFUTEX_WAKE_OP = 5;
inline constexpr std::int32_t kFUTEX_LOCK_PI = 6;
inline constexpr std::int32_t kFUTEX_UNLOCK_PI = 7;
inline constexpr std::int32_t kFUTEX_TRYLOCK_PI = 8;
inline constexpr std::int32_t kFUTEX_WAIT_BITSET = 9;
inline constexpr std::int32_t kFUTEX_WAKE_BITSET = 10;
inline constexpr std::int32_t kFUTEX_LOCK_PI2 = 13;
inline constexpr std::int32_t kFUTEX_PRIVATE_FLAG = 128;
inline constexpr std::int32_t kFUTEX_CLOCK_REALTIME = 256;
inline constexpr std::int32_t kFUTEX_CMD_MASK = ~(kFUTEX_PRIVATE_FLAG | kFUTEX_CLOCK_REALTIME);
inline constexpr std::uint32_t kFUTEX_BITSET_MATCH_ANY = 0xffffffff;

/// The parts of a word that is a lock.
inline constexpr std::uint32_t kFUTEX_WAITERS = 0x80000000;
inline constexpr std::uint32_t kFUTEX_OWNER_DIED = 0x40000000;
inline constexpr std::uint32_t kFUTEX_TID_MASK = 0x3fffffff;

/// struct robust_list_head: docs/guest-abi.md, section 3.
struct RobustListHead {
  std::uint32_t first;
  std::int32_t futex_offset;
  std::uint32_t pending;
};
static_assert(sizeof(RobustListHead) == 12 && GuestType<RobustListHead>);

}  // namespace lind::uapi
