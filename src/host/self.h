/// \file
/// What this process gives up of itself.

#pragma once

#include "base/error.h"

namespace lind::host {

/// Closes every descriptor but 0, 1 and 2: whoever started us may have left some open.
ErrorOr<void> close_inherited_descriptors();

/// Leaves no core file, and lets no process of the same user look into our memory or trace us.
ErrorOr<void> hide_memory();

}  // namespace lind::host
