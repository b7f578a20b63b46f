/// \file
/// `lind keep`, which is a program of its own: it brings libraries that no other start should pay
/// for.

#pragma once

#include <string>
#include <vector>

namespace lind::cli {

/// Becomes `lind-keep`, the program beside this one.  Returns only if there is none.
int keep_command(const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
