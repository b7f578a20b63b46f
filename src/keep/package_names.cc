#include "keep/package_names.h"

#include <algorithm>

#include <fmt/core.h>

namespace lind::keep {

ErrorOr<void> check_file_name(std::string_view name) {
  constexpr std::size_t kMaxBytes = 255;
  const auto is_bad = [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; };
  if (name.empty() || name.starts_with('.') || name.size() > kMaxBytes ||
      std::ranges::any_of(name, is_bad)) {
    return Error(fmt::format("invalid file name: {}", name));
  }
  return {};
}

}  // namespace lind::keep
