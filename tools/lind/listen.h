/// \file
/// Listening sockets that a program is given.

#pragma once

#include <string>

#include "base/error.h"
#include "host/unique_fd.h"

namespace lind::cli {

/// A TCP socket that listens on `ADDRESS:PORT`: an IPv4 address, an IPv6 one in brackets, or
/// nothing for every one.  Errors: the address; the host's.
ErrorOr<host::UniqueFd> listen_on(const std::string& text);

}  // namespace lind::cli
