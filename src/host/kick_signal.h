/// \file
/// The one host signal by which threads of this process interrupt each other.

#pragma once

namespace lind::host {

/// Above the two real-time signals that glibc keeps for itself (32, 33) and away from SIGRTMIN,
/// which debuggers and profilers like to take.
inline constexpr int kKickSignal = 40;

}  // namespace lind::host
