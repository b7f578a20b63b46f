/// \file
/// The two services behind backtrace() and backtrace_symbols() of the C library.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "runtime/thread.h"

namespace lind::rawposix {

/// Writes the places in code of the functions on the thread's stack, innermost first, to the words
/// at args[0], at most args[1], and returns how many.  Errors: EFAULT.
Result<std::int64_t> frames_of_caller(runtime::Thread& thread, const runtime::SyscallArgs& args);

/// Writes about the function around the place args[0]: how far into it the place is, as a u32 at
/// args[1], and behind that what fits of its name into args[2] bytes altogether.  Returns the
/// length of the name.  Errors: EINVAL (no function is there, no room for the u32), EFAULT.
Result<std::int64_t> function_at(runtime::Thread& thread, const runtime::SyscallArgs& args);

}  // namespace lind::rawposix
