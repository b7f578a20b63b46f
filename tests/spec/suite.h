/// \file
/// The parts of the specification's test suite.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "wasm/features.h"

namespace lind::spec {

/// Scripts that are converted and judged with the same features.
struct Suite {
  std::string name;
  std::string folder;                   ///< below wasm-spec
  std::vector<std::string> conversion;  ///< options of wast2json
  wasm::Features features;
};

/// "core" or the name of a proposal's folder.  Throws std::runtime_error for any other name.
const Suite& find_suite(const std::string& name);

/// The .wast files of a suite, sorted; empty if the data are absent.  They are below
/// $LIND_TESTDATA or `default_testdata`.
std::vector<std::filesystem::path> find_scripts(const Suite& suite,
                                                const std::filesystem::path& default_testdata);

}  // namespace lind::spec
