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

/// What is confined besides files, as far as this host can.
enum class Beyond : std::uint8_t {
  kNothing,
  /// No TCP socket can be bound or connected any more; abstract Unix sockets and signals reach only
  /// what is confined alike.
  kNetworkAndSignals,
};

/// The version of Landlock: 0 there is none; 2 files; 4 TCP too; 6 abstract sockets and signals
/// too.
long landlock_version() noexcept;

/// Confines the calling thread and all that it starts to `grants`, for good; what is open stays
/// open.  Nothing can be executed.
/// Requires: no_new_privs is set; no other thread exists.
ErrorOr<Landlocked> confine_files(std::span<const LandlockGrant> grants,
                                  Beyond beyond = Beyond::kNothing);

}  // namespace lind::host
