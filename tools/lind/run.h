/// \file
/// `lind run`, also called lind-boot.

#pragma once

#include <string>
#include <vector>

namespace lind::cli {

/// Runs a program in a cage.  Returns lind's exit status; see exit_status.h.
int run_command(const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
