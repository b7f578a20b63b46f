/// \file
/// Whole files as bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/buffer.h"
#include "base/error.h"

namespace lind::object {

/// The regular file (or memfd) behind `fd` from its start; the file offset does not move.
/// A file that grows meanwhile is read up to the size it had.
/// Errors: not a regular file; more than `max_bytes`; the host's.
ErrorOr<Buffer> read_file(int fd, std::uint64_t max_bytes);

/// Writes all of `bytes` at the file offset of `fd`.
/// Errors: the host's, in part written.
Result<void, int> write_file(int fd, std::span<const std::byte> bytes);

}  // namespace lind::object
