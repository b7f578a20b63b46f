/// \file
/// Objects that people keep: whether a file is one, and whether it is as it was made.

#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"

namespace lind::object {

/// Whether `file` says of itself that it is an object of ours, whole or not.
bool is_object(std::span<const std::byte> file);

/// Writes the file's own digest into it, so that check_seal can tell.  Whoever can write a file can
/// seal it too: against that there are signatures.
/// Errors: no object.
ErrorOr<void> seal(std::span<std::byte> file);
/// Errors: not sealed; altered since.
ErrorOr<void> check_seal(std::span<const std::byte> file);

}  // namespace lind::object
