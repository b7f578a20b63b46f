/// \file
/// The sockets of a keep, bound and connected before its program starts.

#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "host/unique_fd.h"

namespace lind::cli {

/// A TCP socket that listens.  "::" is every address, of IPv4 too.
/// Errors: "failed to setup listening socket: ..." with the address and the host's reason.
ErrorOr<host::UniqueFd> listen_tcp(const std::string& address, std::uint16_t port);

/// A TCP socket that is connected; "localhost" is 127.0.0.1.
/// Errors: "failed to connect to endpoint: ...".
ErrorOr<host::UniqueFd> connect_tcp(const std::string& host, std::uint16_t port);

}  // namespace lind::cli
