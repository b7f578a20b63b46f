// Compares the verdicts of decoder and validator with those of the specification's test suite:
// every module of a script is accepted, every malformed or invalid one is refused.
//
//     spec_verdicts TESTDATA CACHE

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/result.h"
#include "script.h"
#include "suite.h"
#include "wasm/decode.h"
#include "wasm/validate.h"

namespace lind::spec {
namespace {

// CTest: "the data are absent" is neither a success nor a failure.
constexpr int kExitSkipped = 77;

struct Counts {
  int passed = 0;
  int failed = 0;
};

ErrorOr<void> accept(const std::filesystem::path& path, const wasm::Features& features) {
  const std::vector<std::byte> bytes = read_bytes(path);
  const wasm::Module module = LIND_TRY(wasm::decode_module(bytes, features));
  return wasm::validate(module);
}

bool must_be_refused(CommandKind kind) {
  return kind == CommandKind::kAssertInvalid || kind == CommandKind::kAssertMalformed;
}

void check_script(const std::filesystem::path& wast, const std::filesystem::path& cache,
                  Counts& counts) {
  for (const Command& command : load_script(wast, cache, {})) {
    if (command.module.empty()) continue;
    const ErrorOr<void> verdict = accept(command.module, wasm::Features::core());
    if (verdict.ok() != must_be_refused(command.kind)) {
      ++counts.passed;
      continue;
    }
    ++counts.failed;
    fmt::print("{}:{}: {}\n", wast.filename().string(), command.line,
               verdict.ok() ? "accepted, expected: " + command.text : verdict.error().message());
  }
}

int run(const std::vector<std::string>& args) {
  if (args.size() != 2) {
    fmt::print(stderr, "usage: spec_verdicts TESTDATA CACHE\n");
    return 2;
  }
  const std::vector<std::filesystem::path> scripts = find_scripts(find_suite("core"), args[0]);
  if (scripts.empty()) {
    fmt::print("no .wast files in {}/wasm-spec, and LIND_TESTDATA names no other place\n", args[0]);
    return kExitSkipped;
  }
  Counts counts;
  for (const std::filesystem::path& wast : scripts) {
    check_script(wast, std::filesystem::path(args[1]) / "core", counts);
  }
  fmt::print("{} passed, {} failed\n", counts.passed, counts.failed);
  return counts.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lind::spec

int main(int argc, char** argv) {
  try {
    return lind::spec::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "spec_verdicts: {}\n", error.what());
    return 2;
  }
}
