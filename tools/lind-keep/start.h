/// \file
/// From a package to a running keep.

#pragma once

#include "keep/backend.h"
#include "keep_options.h"
#include "package_files.h"

namespace lind::cli {

/// Makes everything that the configuration names, gives up all other rights and runs main.wasm.
/// Returns the exit status if nothing could be started; else does not return.
/// Requires: there is one thread.
int start_keep(const KeepOptions& options, const Package& package, keep::Backend backend);

}  // namespace lind::cli
