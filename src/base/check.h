/// \file
/// Checks of our own invariants.  No guest value may decide the outcome of one.

#pragma once

namespace lind {

/// Writes "file:line: check failed: expression" to stderr with one write and aborts.
/// Threading: any thread, also inside a signal handler.
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace lind

/// Stops the process when our own invariant does not hold; on in every build.
#define LIND_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::lind::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define LIND_DCHECK(condition) static_cast<void>(sizeof((condition) ? 1 : 0))
#else
/// As LIND_CHECK, for checks too costly for release builds.
#define LIND_DCHECK(condition) LIND_CHECK(condition)
#endif
