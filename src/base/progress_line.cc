#include "base/progress_line.h"

#include <unistd.h>

#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace lind {
namespace {

constexpr std::chrono::seconds kPatience{1};

void write_error(std::string_view text) {
  // Nothing is left to do if stderr cannot be written.
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)), is_terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (is_shown_) write_error("\r\x1b[K");
}

void ProgressLine::show(unsigned percent) {
  if (!is_terminal_ || std::chrono::steady_clock::now() - start_ < kPatience) return;
  is_shown_ = true;
  write_error(fmt::format("\r{}: {} %\x1b[K", what_, percent));
}

}  // namespace lind
