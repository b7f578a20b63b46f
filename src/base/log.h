/// \file
/// Messages to the person who started us: one line each on stderr.
/// Not for signal handlers; those may only use check_failed.

#pragma once

#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace lind::log {

enum class Level : int { kError = 0, kWarning = 1, kInfo = 2, kDebug = 3 };

/// Messages above this level are dropped.  Default: kWarning.  Threading: any thread.
void set_level(Level level) noexcept;
bool enabled(Level level) noexcept;

/// Writes "lind: text\n" with one write(2).  Threading: any thread.
void write_line(Level level, std::string_view text);

template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write_line(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kWarning)) {
    write_line(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kInfo)) {
    write_line(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kDebug)) {
    write_line(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
}

}  // namespace lind::log
