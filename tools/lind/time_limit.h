/// \file
/// The end of a run by the clock on the wall.

#pragma once

#include <chrono>

namespace lind::cli {

/// Ends this process with kExitTimeLimit and one line when `limit` is over, from a thread of its
/// own; 0: never.
void end_after(std::chrono::seconds limit);

}  // namespace lind::cli
