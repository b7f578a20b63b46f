/// \file
/// What lind does to its own process before the first guest runs.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/error.h"
#include "host/landlock.h"

namespace lind::cli {

/// Opens descriptors 0, 1 and 2 if they are closed, ignores the signals that a write may raise
/// (the write's error is enough), and raises the limit of open descriptors to its maximum.
ErrorOr<void> prepare_host();

/// What all cages together may have resident, so that the host's own killer, which would end this
/// process, never looks at it: seven eighths of what the machine, or the memory limit of our
/// control group, has left.  Call before drop_rights.  Nothing if the host does not tell.
std::optional<std::uint64_t> default_total_bytes();

/// Gives up what no guest needs.  Call after the broker was forked and all grants are open,
/// before the first thread.  Of the host's files only `grants` can be opened afterwards.
ErrorOr<void> drop_rights(std::span<const host::LandlockGrant> grants);
/// The same for a locked keep: nothing can be bound or connected, nobody can look into our memory.
/// Errors: also a host that cannot confine files.
ErrorOr<void> lock_down(std::span<const host::LandlockGrant> grants);

}  // namespace lind::cli
