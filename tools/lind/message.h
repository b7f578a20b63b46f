/// \file
/// Text of strangers in our messages.

#pragma once

#include <string>
#include <string_view>

namespace lind::cli {

/// `text` fit for one line of a terminal: control characters as \xNN, at most 8 KiB.
std::string printable(std::string_view text);

/// Says why lind fails, in one line that may quote strangers; returns `exit_status`.
int fail(int exit_status, std::string_view message);

}  // namespace lind::cli
