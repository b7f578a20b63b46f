#include "base/check.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace lind {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::array<char, 512> text{};
  const int length = std::snprintf(text.data(), text.size(), "lind: %s:%d: check failed: %s\n",
                                   file, line, expression);
  if (length > 0) {
    const auto size = static_cast<std::size_t>(length);
    // Nothing is left to do if stderr cannot be written.
    (void)!write(STDERR_FILENO, text.data(), size < text.size() ? size : text.size() - 1);
  }
  std::abort();
}

}  // namespace lind
