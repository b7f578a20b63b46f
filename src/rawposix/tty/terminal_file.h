/// \file
/// Open files of terminals: /dev/pts/N, /dev/ptmx, /dev/tty.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "rawposix/fs/open_file.h"
#include "rawposix/tty/terminal.h"

namespace lind::rawposix {

/// Opens one end.  `path`: as /proc shows it.  Errors: EIO.
Result<std::shared_ptr<OpenFile>> open_terminal(std::shared_ptr<Terminal> terminal, TerminalEnd end,
                                                std::uint64_t flags, std::string path);

/// "/dev/pts/N".
std::string slave_path(const Terminal& terminal);
/// st_rdev of it.
std::uint64_t slave_device(const Terminal& terminal) noexcept;

/// Gives the caller's session the terminal if the caller leads one that has none, as opening a
/// terminal without O_NOCTTY does.
void offer_terminal(Caller& caller, Terminal& terminal);

}  // namespace lind::rawposix
