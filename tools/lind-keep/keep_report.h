/// \file
/// What a keep was made of and given, for somebody who was not there.

#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "keep/backend.h"
#include "package_files.h"

namespace lind::cli {

/// Writes the report of a keep that is about to start to `file`, signed by a key that nobody has
/// afterwards.  Errors: the host's.
ErrorOr<void> write_report(const std::string& file, const Package& package, keep::Backend backend);

/// `lind keep report check FILE`.  Returns the exit status.
int report_command(const std::string& command, const std::vector<std::string>& words);

}  // namespace lind::cli
