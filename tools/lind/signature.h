/// \file
/// Whether a module is what somebody has signed.

#pragma once

#include <string>

#include "base/error.h"
#include "host/unique_fd.h"

namespace lind::cli {

/// Has lindc compare the bytes of `module` with PATH.minisig; the libraries for that would make
/// each start of lind slower.
/// Errors: what lindc says.  Requires: there is one thread.
ErrorOr<void> verify_signature(const std::string& path, const host::UniqueFd& module,
                               const std::string& public_key);

}  // namespace lind::cli
