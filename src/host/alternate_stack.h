/// \file
/// The stack that signal handlers run on.

#pragma once

namespace lind::host {

/// Gives the calling host thread an alternate signal stack with a guard below it, once; it is
/// freed when the thread ends.  Requires: not inside a signal handler.
/// Stops the process when the host has no memory left for it.
void ensure_alternate_stack();

}  // namespace lind::host
