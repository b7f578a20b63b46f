/// \file
/// The process that carries a keep's TLS connections.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "host/unique_fd.h"
#include "keep/config.h"
#include "keep/tls_context.h"

namespace lind::cli {

/// A socket of a `prot = "tls"` file, bound or connected.
struct TlsEndpoint {
  keep::File::Kind kind;
  std::string host;  ///< of a connection
  host::UniqueFd tcp;
};

/// Our side of it.
struct TlsProcess {
  host::UniqueFd life;                ///< it ends when this is closed, and the rest is sent
  std::vector<host::UniqueFd> plain;  ///< the program's socket of each endpoint
};

/// Forks the process, which asks the steward if there is one for a certificate and shakes hands on
/// the connections before this returns, then gives up all rights.  Keys are in it alone.
/// Requires: this process has one thread.
/// Errors: a steward that refuses; files that cannot be used; connections that fail; the host's.
ErrorOr<TlsProcess> start_tls(std::vector<TlsEndpoint> endpoints, const keep::TlsFiles& files,
                              const std::optional<std::string>& steward);

}  // namespace lind::cli
