/// \file
/// How `lind` itself ends, as env(1) and the shells have it.

#pragma once

namespace lind::cli {

/// The program was ended because its time was over, as timeout(1) has it.
inline constexpr int kExitTimeLimit = 124;
/// lind failed: bad options, a grant that does not exist, the host ran out of something.
inline constexpr int kExitFailed = 125;
/// The program was found but cannot run.
inline constexpr int kExitNotRunnable = 126;
inline constexpr int kExitNotFound = 127;
/// 128 + n: the program was killed by signal n.
inline constexpr int kExitSignalBase = 128;

}  // namespace lind::cli
