/// \file
/// Sleeping on a word of this process.  For host threads outside any guest; a guest thread sleeps
/// through runtime::Thread, which signals can interrupt.

#pragma once

#include <atomic>
#include <cstdint>

namespace lind::host {

/// Sleeps while `word` holds `expected`; may return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept;
/// The same, for at most `num_ns`.
void futex_wait_for(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    std::int64_t num_ns) noexcept;
/// Wakes up to `count` sleepers.
void futex_wake(std::atomic<std::uint32_t>& word, std::int32_t count) noexcept;
/// The same for a word that may be gone by now: its address is not looked at.  Whoever sleeps there
/// instead returns early.
void futex_wake_address(std::uint64_t word, std::int32_t count) noexcept;

}  // namespace lind::host
