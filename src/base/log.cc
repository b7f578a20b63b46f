#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <string>

namespace lind::log {
namespace {

// Relaxed everywhere: a level that changes late only shows or drops a line.
std::atomic<Level> current_level{Level::kWarning};

}  // namespace

void set_level(Level level) noexcept {
  current_level.store(level, std::memory_order_relaxed);
}

bool enabled(Level level) noexcept {
  return level <= current_level.load(std::memory_order_relaxed);
}

void write_line(Level level, std::string_view text) {
  if (!enabled(level)) return;
  std::string line = "lind: ";
  line += text;
  line += '\n';
  // Nothing is left to do if stderr cannot be written.
  (void)!::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace lind::log
