/// \file
/// `lind wasi`, also called lucet-wasi.

#pragma once

#include <string>
#include <vector>

namespace lind::cli {

/// Runs a WASI program in a cage.  Returns lind's exit status; see exit_status.h.
int wasi_command(const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
