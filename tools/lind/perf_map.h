/// \file
/// Tells perf which guest function lies where: /tmp/perf-PID.map.

#pragma once

#include <utility>

#include "base/error.h"
#include "base/mutex.h"
#include "host/unique_fd.h"
#include "runtime/program.h"

namespace lind::cli {

/// One line "START SIZE NAME" (hexadecimal) for each function of each program that is loaded, as
/// tools/perf/Documentation/jit-interface.txt of Linux says.
///
/// Threading: any thread.
class PerfMap {
 public:
  /// Makes the file of this process; a file of that name that someone left is removed first.
  /// Errors: the host's, with the path.
  static ErrorOr<PerfMap> create();

  /// The program's code stays where it is until the process ends, or perf is wrong about it.
  void add(const runtime::Program& program) const;

 private:
  explicit PerfMap(host::UniqueFd file) : file_(std::move(file)) {}
  host::UniqueFd file_;
};

}  // namespace lind::cli
