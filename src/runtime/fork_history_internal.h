/// \file
/// How much of a memory the children of a process write, so that its next fork knows.

#pragma once

#include <atomic>
#include <cstdint>

namespace lind::runtime {

/// Ownership: counted; a memory and the children that were forked from it.
/// Threading: any.
struct ForkHistory {
  /// Of the pages that a child shared at its fork, how many in a thousand it has written.
  std::atomic<std::uint32_t> written_per_mille{0};
  std::atomic<std::uint32_t> num_forks{0};

  /// Whether a copy of `num_bytes` is likely to cost less than the faults of a child like the last
  /// ones.
  bool prefers_copy(std::uint64_t num_bytes) noexcept;
};

/// Whether a copy of `num_bytes` costs less than faults on `num_pages` of its pages.
bool copy_is_cheaper(std::uint64_t num_bytes, std::uint64_t num_pages) noexcept;

}  // namespace lind::runtime
