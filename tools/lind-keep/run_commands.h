/// \file
/// `lind keep run` and `lind keep deploy`.

#pragma once

#include <string>
#include <vector>

namespace lind::cli {

/// Runs a module of the host with a configuration, or none.  Returns the exit status.
int keep_run_command(const std::string& command, const std::vector<std::string>& words);

/// Runs a package: a directory, or a file: URL of one.
int keep_deploy_command(const std::string& command, const std::vector<std::string>& words);

}  // namespace lind::cli
