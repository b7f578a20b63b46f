/// \file
/// The end of a run by the clock on the wall.

#pragma once

#include <chrono>
#include <string>

#include "exit_status.h"
#include "rawposix/kernel.h"

namespace lind::cli {

struct TimeLimit {
  std::chrono::milliseconds after;  ///< since the program's start
  int exit_status = kExitTimeLimit;
  std::string message;  ///< what to say then
};

/// Stops `kernel` when the time is over, from a thread of its own, so that Kernel::run returns and
/// the terminal is given back.  Requires: the kernel lives as long as this process.
void end_after(const TimeLimit& limit, rawposix::Kernel& kernel);
/// Whether that has happened.  Threading: any.
bool is_time_over() noexcept;

}  // namespace lind::cli
