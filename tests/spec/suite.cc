#include "suite.h"

#include <system_error>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <fmt/core.h>

namespace lind::spec {

namespace fs = std::filesystem;

const Suite& find_suite(const std::string& name) {
  // WebAssembly 2.0 and one proposal.
  const auto with = [](bool wasm::Features::* proposal) {
    wasm::Features features = wasm::Features::core();
    features.*proposal = true;
    return features;
  };
  static const std::vector<Suite> suites = {
      {.name = "core", .folder = "", .conversion = {}, .features = wasm::Features::core()},
      {.name = "threads",
       .folder = "proposals/threads",
       .conversion = {"--enable-threads"},
       .features = with(&wasm::Features::threads)},
      {.name = "extended-const",
       .folder = "proposals/extended-const",
       .conversion = {"--enable-extended-const"},
       .features = with(&wasm::Features::extended_const)},
      {.name = "tail-call",
       .folder = "proposals/tail-call",
       .conversion = {"--enable-tail-call"},
       .features = with(&wasm::Features::tail_call)},
      {.name = "relaxed-simd",
       .folder = "proposals/relaxed-simd",
       .conversion = {"--enable-relaxed-simd"},
       .features = with(&wasm::Features::relaxed_simd)},
      {.name = "memory64",
       .folder = "proposals/memory64",
       .conversion = {"--enable-memory64"},
       .features = with(&wasm::Features::memory64)},
      {.name = "multi-memory",
       .folder = "proposals/multi-memory",
       .conversion = {"--enable-multi-memory"},
       .features = with(&wasm::Features::multi_memory)},
      {.name = "exception-handling",
       .folder = "proposals/exception-handling",
       .conversion = {"--enable-exceptions"},
       .features = with(&wasm::Features::exceptions)},
  };
  const auto found = std::ranges::find(suites, name, &Suite::name);
  if (found == suites.end()) throw std::runtime_error(fmt::format("unknown suite {}", name));
  return *found;
}

std::vector<fs::path> find_scripts(const Suite& suite, const fs::path& default_testdata) {
  const char* variable = std::getenv("LIND_TESTDATA");  // NOLINT(concurrency-mt-unsafe): no setenv
  const fs::path testdata = variable != nullptr ? fs::path(variable) : default_testdata;
  std::vector<fs::path> scripts;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(testdata / "wasm-spec" / suite.folder, absent)) {
    if (entry.path().extension() == ".wast") scripts.push_back(entry.path());
  }
  std::ranges::sort(scripts);
  return scripts;
}

}  // namespace lind::spec
