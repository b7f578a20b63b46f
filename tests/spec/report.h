/// \file
/// What came out of each script, and what was expected to.

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lind::spec {

struct ScriptResult {
  std::string script;  ///< "suite/file"
  int num_passed = 0;
  int num_failed = 0;
  std::string first_failure;  ///< "line: reason"
};

/// How many commands of each script fail.
using ExpectedFailures = std::map<std::string, int>;

/// Reads lines "script number reason"; # starts a comment.  Throws std::runtime_error.
ExpectedFailures read_expected_failures(const std::filesystem::path& path);

/// Prints a row for each script and the sums.  Returns whether exactly the expected commands, by
/// number, have failed.
bool print_report(const std::vector<ScriptResult>& results, const ExpectedFailures& expected);

}  // namespace lind::spec
