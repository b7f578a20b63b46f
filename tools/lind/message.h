/// \file
/// Text of strangers in our messages.

#pragma once

#include <string>
#include <string_view>

namespace lind::cli {

/// `text` fit for one line of a terminal: control characters as \xNN, at most 8 KiB.
std::string printable(std::string_view text);

}  // namespace lind::cli
