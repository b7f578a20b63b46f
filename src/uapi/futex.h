/// \file
/// Operations of futex.  Numbers: linux/futex.h, v6.1.

#pragma once

#include <cstdint>

namespace lind::uapi {

inline constexpr std::int32_t kFUTEX_WAIT = 0;
inline constexpr std::int32_t kFUTEX_WAKE = 1;
inline constexpr std::int32_t kFUTEX_REQUEUE = 3;
inline constexpr std::int32_t kFUTEX_CMP_REQUEUE = 4;
inline constexpr std::int32_t kFUTEX_WAKE_OP = 5;
inline constexpr std::int32_t kFUTEX_WAIT_BITSET = 9;
inline constexpr std::int32_t kFUTEX_WAKE_BITSET = 10;
inline constexpr std::int32_t kFUTEX_PRIVATE_FLAG = 128;
inline constexpr std::int32_t kFUTEX_CLOCK_REALTIME = 256;
inline constexpr std::int32_t kFUTEX_CMD_MASK = ~(kFUTEX_PRIVATE_FLAG | kFUTEX_CLOCK_REALTIME);
inline constexpr std::uint32_t kFUTEX_BITSET_MATCH_ANY = 0xffffffff;

}  // namespace lind::uapi
