/// \file
/// What the files of a package may be called.

#pragma once

#include <string_view>

#include "base/error.h"

namespace lind::keep {

inline constexpr std::string_view kModuleName = "main.wasm";
inline constexpr std::string_view kConfigName = "Enarx.toml";

/// Errors: a name that is no plain one: empty, hidden, with a slash or a control character, long.
ErrorOr<void> check_file_name(std::string_view name);

}  // namespace lind::keep
