/// \file
/// Runs scripts in processes of their own, so that a crash costs one script.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report.h"
#include "suite.h"

namespace lind::spec {

/// Executes one script in this process and writes how it goes to stdout, for run_scripts.
void run_script_here(const Suite& suite, const std::filesystem::path& wast,
                     const std::filesystem::path& cache);

/// Runs each script as `program --script SUITE WAST CACHE`, `num_workers` at a time.  A process
/// that crashes, or works for longer than kScriptSeconds, fails the commands it has not come to.
std::vector<ScriptResult> run_scripts(const std::string& program, const Suite& suite,
                                      const std::vector<std::filesystem::path>& scripts,
                                      const std::filesystem::path& cache, unsigned num_workers);

inline constexpr unsigned kScriptSeconds = 300;

}  // namespace lind::spec
