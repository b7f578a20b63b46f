/// \file
/// `--net`, `--allow-connect` and `--allow-listen`.

#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "rawposix/net/network_policy.h"

namespace lind::cli {

/// What the options say, as text.
struct NetworkOptions {
  std::string net = "none";                ///< "none" or "host"
  std::vector<std::string> allow_connect;  ///< HOST:PORT; each may be "*"
  std::vector<std::string> allow_listen;   ///< PORT
};

/// The addresses of a host, given as one or by name; their ports are 0.  Names are looked up by
/// getent: a static program has no name services.  Errors: none found.
ErrorOr<std::vector<rawposix::InternetAddress>> addresses_of(const std::string& host);

/// Looks names of hosts up, with the rights that this process has now.
/// Errors: one line for a person.
ErrorOr<rawposix::NetworkPolicy> make_network_policy(const NetworkOptions& options);

}  // namespace lind::cli
