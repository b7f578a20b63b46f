/// \file
/// Sizes that several rooms share.

#pragma once

#include <cstdint>

namespace lind {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

inline constexpr std::uint64_t kHostPageSize = 4 * kKiB;   ///< x86-64; also the guest's AT_PAGESZ
inline constexpr std::uint64_t kWasmPageSize = 64 * kKiB;  ///< unit of memory.size and memory.grow

/// `value` rounded to a multiple of `alignment`.
/// Requires: `alignment` is a power of two and, for align_up, the result fits.
constexpr std::uint64_t align_down(std::uint64_t value, std::uint64_t alignment) noexcept {
  return value & ~(alignment - 1);
}
constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) noexcept {
  return align_down(value + alignment - 1, alignment);
}
constexpr bool is_aligned(std::uint64_t value, std::uint64_t alignment) noexcept {
  return (value & (alignment - 1)) == 0;
}

}  // namespace lind
