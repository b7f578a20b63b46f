/// \file
/// What both sides of the compile broker share.

#pragma once

#include <cstddef>
#include <string>

#include "embed/compiler.h"
#include "object/key.h"

namespace lind::cli {

/// One message to the broker; kRequestFds descriptors travel with it.
using BrokerRequest = embed::CompileJob;

/// Order of the descriptors of a request.
enum class RequestFd : std::size_t { kModule, kObject, kReply };
inline constexpr std::size_t kRequestFds = 3;

/// The broker's life; `socket` is its only link to lind.
/// Requires: called in a forked child that has one thread.
[[noreturn]] void run_broker(int socket, const embed::CompilerProgram& compiler,
                             const std::string& private_directory);

}  // namespace lind::cli
