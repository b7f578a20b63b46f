/// \file
/// `lind ps`: the cages of the instances that this user runs.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "host/unique_fd.h"

namespace lind::rawposix {
class Kernel;
}

namespace lind::cli {

/// A running instance answers at the socket "ps" in its private directory, which only its user can
/// reach: each datagram is a question, and is answered by lines in datagrams and an empty one.
///
/// Makes the socket.  Call before the rights are dropped.  No valid descriptor where it cannot be
/// made: then `lind ps` does not find this instance, and nothing else is lost.
host::UniqueFd make_ps_socket(const std::string& private_directory);
/// Answers from a thread of its own, until the process ends.
void answer_ps(host::UniqueFd socket, rawposix::Kernel& kernel);

int ps_command(const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
