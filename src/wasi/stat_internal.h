/// \file
/// What Linux says about a file, in WASI's words.

#pragma once

#include "uapi/stat.h"
#include "wasi/function.h"

namespace lind::wasi {

/// Of st_mode.  FIFOs are kUnknown: WASI has no word for them.
Filetype filetype_of(std::uint32_t mode) noexcept;

Filestat to_filestat(const uapi::Stat& stat) noexcept;

/// What fstat says of a descriptor of the process.
Result<uapi::Stat> stat_descriptor(Context& context, std::int64_t fd);

/// path_filestat_get, without the answer's form.
Result<Filestat> stat_path(Context& context, std::uint32_t fd, std::uint32_t flags,
                           const Bytes& path, std::uint32_t path_bytes);
/// fd_filestat_get, likewise.
Result<Filestat> stat_open(Context& context, std::uint32_t fd);

}  // namespace lind::wasi
