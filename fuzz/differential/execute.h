/// \file
/// Runs every exported function of a module here and in wabt's interpreter.

#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "codegen/compile.h"

namespace lind::fuzz {

/// A line for each exported function, in order: its name, and its results or its trap.
using Lines = std::vector<std::string>;

/// Whether two lines say the same.  Of an atomic access wabt does not say which of two traps it is.
bool agree(const std::string& ours, const std::string& wabts);

/// Through our compiler, verifier and runtime.
/// Requires: runtime::initialize_runtime was called; functions have no parameters.
/// Errors: whatever refuses a valid module.
ErrorOr<Lines> run_here(std::span<const std::byte> module, const codegen::CompileOptions& options);

/// Through wasm-interp, of Debian's package wabt.
/// Errors: it cannot be started, or its status is not 0.
ErrorOr<Lines> run_in_wabt(const std::filesystem::path& module);

}  // namespace lind::fuzz
