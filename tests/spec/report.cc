#include "report.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/core.h>

namespace lind::spec {

ExpectedFailures read_expected_failures(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path.string()));
  ExpectedFailures expected;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream fields(line);
    std::string script;
    int number = 0;
    std::string reason;
    if (!(fields >> script >> number >> reason)) {
      throw std::runtime_error(
          fmt::format("{}: not \"script number reason\": {}", path.string(), line));
    }
    expected[script] = number;
  }
  return expected;
}

bool print_report(const std::vector<ScriptResult>& results, const ExpectedFailures& expected) {
  int num_passed = 0;
  int num_failed = 0;
  bool is_expected = true;
  fmt::print("{:<44} {:>6} {:>6} {:>8}  {}\n", "script", "passed", "failed", "expected",
             "first failure");
  for (const ScriptResult& result : results) {
    const auto found = expected.find(result.script);
    const int num_expected = found == expected.end() ? 0 : found->second;
    const bool differs = result.num_failed != num_expected;
    fmt::print("{:<44} {:>6} {:>6} {:>8}{} {}\n", result.script, result.num_passed,
               result.num_failed, num_expected, differs ? "!" : " ", result.first_failure);
    num_passed += result.num_passed;
    num_failed += result.num_failed;
    is_expected = is_expected && !differs;
  }
  if (!is_expected) fmt::print("rows with ! differ from expected_failures.txt\n");
  fmt::print("{} passed, {} failed\n", num_passed, num_failed);
  return is_expected;
}

}  // namespace lind::spec
