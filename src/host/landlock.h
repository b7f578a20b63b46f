/// \file
/// The second wall for files: which parts of the host's tree this process can still open.

#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"

namespace lind::host {

/// A directory with everything below it, or one file.
struct LandlockGrant {
  int fd;  ///< open at it, O_PATH is enough; borrowed for the call
  enum class Rights : std::uint8_t { kReadOnly, kReadWrite } rights;
};

enum class Landlocked : std::uint8_t { kYes, kNotOnThisHost };

/// Confines the calling thread and all that it starts to `grants`, for good; what is open stays
/// open.  Nothing can be executed.
/// Requires: no_new_privs is set; no other thread exists.
ErrorOr<Landlocked> confine_files(std::span<const LandlockGrant> grants);

}  // namespace lind::host
