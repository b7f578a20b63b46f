#include "progress.h"

#include <unistd.h>

#include <string>

#include <fmt/core.h>

namespace lind {

void ProgressReport::report(void* context, std::size_t done, std::size_t total) {
  static_cast<ProgressReport*>(context)->show(static_cast<unsigned>(100 * done / total));
}

void ProgressReport::show(unsigned percent) {
  if (percent == percent_) return;
  percent_ = percent;
  if (reader_ == Reader::kPerson) return line_.show(percent);
  const std::string line = fmt::format("progress {}\n", percent);
  (void)!::write(STDERR_FILENO, line.data(), line.size());  // a reader that is gone needs none
}

}  // namespace lind
