/// \file
/// From a package to a running keep.

#pragma once

#include <functional>

#include "keep/backend.h"
#include "keep_options.h"
#include "package_files.h"

namespace lind::cli {

/// Reads the package; what its configuration is must not have changed meanwhile.
using PackageLoader = std::function<Result<Package, ProgramError>()>;

/// Makes everything that the configuration names, gives up all other rights and runs main.wasm.
/// With a steward the package is read only after that has agreed.
/// Returns the exit status if nothing could be started; else does not return.
/// Requires: there is one thread.
int start_keep(const KeepOptions& options, keep::Backend backend, const keep::Config& config,
               const PackageLoader& load);

}  // namespace lind::cli
