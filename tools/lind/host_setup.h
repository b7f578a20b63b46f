/// \file
/// What lind does to its own process before the first guest runs.

#pragma once

#include "base/error.h"

namespace lind::cli {

/// Opens descriptors 0, 1 and 2 if they are closed, ignores the signals that a write may raise
/// (the write's error is enough), and raises the limit of open descriptors to its maximum.
ErrorOr<void> prepare_host();

/// Gives up what no guest needs.  Call after the broker was forked and all grants are open,
/// before the first guest thread.
ErrorOr<void> drop_rights();

}  // namespace lind::cli
