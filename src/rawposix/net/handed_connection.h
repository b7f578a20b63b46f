/// \file
/// Connections that somebody outside has accepted, and hands over.

#pragma once

#include <memory>

#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/fs/open_file.h"

namespace lind::rawposix {

/// A file that is a listening socket for guests: `fd` is a Unix socket of type SOCK_SEQPACKET, on
/// which each message of one byte carries a connected Unix socket.
std::shared_ptr<OpenFile> make_handing_listener(host::UniqueFd fd);

}  // namespace lind::rawposix
