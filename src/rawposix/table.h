/// \file
/// The microvisor's entry points and the routes a first process starts with.

#pragma once

#include <memory>
#include <span>

#include "threei/call.h"
#include "threei/route_table.h"

namespace lind::rawposix {

/// Indexed by system call number; null where uapi/syscalls.def says kDenied.
std::span<const threei::MicrovisorEntry> microvisor_entries() noexcept;

/// Every answered call to the microvisor; the others denied with the errno that starts their note,
/// ENOSYS if none does.
std::shared_ptr<const threei::RouteSnapshot> default_routes();

}  // namespace lind::rawposix
