/// \file
/// `lind keep package`: making, signing and looking at packages.

#pragma once

#include <string>
#include <vector>

#include "guest_program.h"
#include "package_files.h"

namespace lind::cli {

/// `words`: those behind "package".  Returns the exit status.
int package_command(const std::string& command, const std::vector<std::string>& words);

/// Whether the signature in the directory of `package` is that of the public key in `key_file`.
/// Errors: 125 it is not, or there is none.
Result<void, ProgramError> check_signature(const std::string& directory, const Package& package,
                                           const std::string& key_file);

}  // namespace lind::cli
