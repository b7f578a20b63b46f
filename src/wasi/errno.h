/// \file
/// Linux's error numbers in WASI's words.

#pragma once

#include "uapi/errno.h"
#include "wasi/abi.h"

namespace lind::wasi {

/// kIo for what WASI has no word for.
Errno from_linux(uapi::Errno error) noexcept;

}  // namespace lind::wasi
