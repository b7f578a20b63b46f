/// \file
/// What keeps a keep apart from its host.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lind::keep {

/// Where hardware would attach: a backend says whether this machine has it, how a process gives up
/// its rights before the first guest instruction, and what evidence it gives of itself.
enum class Backend : std::uint8_t {
  kNil,     ///< the walls that every run of lind has
  kLocked,  ///< software alone: everything that is not granted is given up
};

std::string_view name_of(Backend backend);

/// The named backend, or without a name the best that this machine has.
/// Errors: nobody knows the name; this machine has not what it needs.
ErrorOr<Backend> choose_backend(const std::optional<std::string>& name, bool can_lock);

}  // namespace lind::keep
