/// \file
/// State of the whole host process that file calls of guests must not meet.

#pragma once

namespace lind::rawposix {

/// Sets the umask to 0 (each guest process has its own) and ignores SIGPIPE and SIGXFSZ (guests
/// get theirs from the microvisor).  Idempotent.  Call before the first guest runs.
void prepare_host_process() noexcept;

}  // namespace lind::rawposix
