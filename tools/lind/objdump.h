/// \file
/// `lind objdump`.

#pragma once

#include <string>
#include <vector>

namespace lind::cli {

/// Becomes lindc, which has the disassembler.  Returns only if that fails.
int objdump_command(const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
