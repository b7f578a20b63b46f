/// \file
/// What a module may import, when somebody says so.

#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "wasm/module.h"

namespace lind {

/// Whether each imported function is in one of the JSON files: {"MODULE": {"NAME": "text"}}, as
/// lucetc's bindings; the text means nothing here.
/// Errors: a file that is not so; the first import that is in none.
ErrorOr<void> check_bindings(const wasm::Module& module, const std::vector<std::string>& files);

/// Whether the module is a WASI command: imports of WASI alone, and exports `_start` without
/// parameters and results, and `memory`.
/// Errors: the first thing that is not.
ErrorOr<void> check_wasi_command(const wasm::Module& module);

}  // namespace lind
