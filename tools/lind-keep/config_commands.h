/// \file
/// `lind keep config init` and `lind keep config check`.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "keep/config.h"

namespace lind::cli {

/// The configuration in a host file.
/// Errors: the host's; those of parse_config; each with the file's name before it.
ErrorOr<keep::Config> load_config(const std::string& path, keep::UnknownKeys unknown_keys);

/// The same of bytes that were read from `path`.
ErrorOr<keep::Config> parse_config_file(const std::string& path, std::span<const std::byte> bytes,
                                        keep::UnknownKeys unknown_keys);

/// `words`: those behind "config".  Returns the exit status.
int config_command(const std::string& command, const std::vector<std::string>& words);

}  // namespace lind::cli
