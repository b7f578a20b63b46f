/// \file
/// `lind keep platform info`: what this machine can enforce.

#pragma once

#include <string>
#include <vector>

namespace lind::cli {

/// `words`: those behind "platform".  Returns the exit status.
int platform_command(const std::string& command, const std::vector<std::string>& words);

}  // namespace lind::cli
