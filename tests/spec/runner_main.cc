// Runs the specification's test suite through compiler and runtime.
//
//     spec_runner SUITE TESTDATA CACHE EXPECTED_FAILURES [SCRIPT...]
//     spec_runner --script SUITE WAST CACHE                           for itself
//
// SUITE is a name of suite.cc, SCRIPT one like "i32.wast"; none: all.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "report.h"
#include "suite.h"
#include "worker.h"

namespace lind::spec {
namespace {

// CTest: "the data are absent" is neither a success nor a failure.
constexpr int kExitSkipped = 77;
constexpr unsigned kNumWorkers = 2;

int run(const std::string& program, const std::vector<std::string>& args) {
  if (args.size() == 4 && args[0] == "--script") {
    run_script_here(find_suite(args[1]), args[2], args[3]);
    return 0;
  }
  if (args.size() < 4) {
    fmt::print(stderr, "usage: spec_runner SUITE TESTDATA CACHE EXPECTED_FAILURES [SCRIPT...]\n");
    return 2;
  }
  const Suite& suite = find_suite(args[0]);
  const std::vector<std::string> chosen(args.begin() + 4, args.end());
  std::vector<std::filesystem::path> scripts = find_scripts(suite, args[1]);
  if (scripts.empty()) {
    fmt::print("no .wast files in {}/wasm-spec/{}, and LIND_TESTDATA names no other place\n",
               args[1], suite.folder);
    return kExitSkipped;
  }
  std::erase_if(scripts, [&](const std::filesystem::path& script) {
    return !chosen.empty() && std::ranges::find(chosen, script.filename().string()) == chosen.end();
  });
  const ExpectedFailures expected = read_expected_failures(args[3]);
  const std::vector<ScriptResult> results = run_scripts(
      program, suite, scripts, std::filesystem::path(args[2]) / suite.name, kNumWorkers);
  return print_report(results, expected) ? 0 : 1;
}

}  // namespace
}  // namespace lind::spec

int main(int argc, char** argv) {
  try {
    return lind::spec::run(argv[0], {argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "spec_runner: {}\n", error.what());
    return 2;
  }
}
