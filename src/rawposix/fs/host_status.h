/// \file
/// The host's answers about files in the guest's layout.

#pragma once

#include <sys/stat.h>
#include <sys/vfs.h>

#include "rawposix/fs/mount_table.h"
#include "uapi/stat.h"

namespace lind::rawposix {

uapi::Stat to_guest(const struct stat& status, const IdMap& ids) noexcept;
uapi::Statx to_guest(const struct statx& status, const IdMap& ids) noexcept;
uapi::Statfs to_guest(const struct statfs& status, bool read_only) noexcept;

}  // namespace lind::rawposix
