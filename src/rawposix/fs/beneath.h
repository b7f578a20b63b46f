/// \file
/// Host opens that stay below a directory.  TCB: what keeps a guest inside its mounts.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "host/unique_fd.h"
#include "runtime/thread.h"

namespace lind::rawposix {

/// openat2 with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: `path` is relative
/// to `dir`, and no component of it may be a symbolic link.  O_CLOEXEC is added.
/// `thread`: the open may wait and is interrupted through it; null if it cannot wait.
/// Errors: those of openat2; ELOOP for a symbolic link, the last one included unless O_PATH and
/// O_NOFOLLOW ask for it.
Result<host::UniqueFd> open_beneath(int dir, const std::string& path, std::uint64_t flags,
                                    std::uint32_t mode = 0, runtime::Thread* thread = nullptr);

/// The directory `path` below `dir`, for lookups only.
Result<host::UniqueFd> directory_beneath(int dir, const std::string& path);

/// The target of the symbolic link `name` in `dir`; nothing if it is none or does not exist.
/// Errors: those of readlinkat but EINVAL and ENOENT.
Result<std::optional<std::string>> link_target(int dir, const std::string& name);

}  // namespace lind::rawposix
