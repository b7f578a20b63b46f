#include "message.h"

#include <cstddef>

#include <fmt/core.h>

#include "base/log.h"

namespace lind::cli {

std::string printable(std::string_view text) {
  constexpr std::size_t kMaxBytes = 8192;
  std::string line;
  for (const char c : text.substr(0, kMaxBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  if (text.size() > kMaxBytes) line += "...";
  return line;
}

int fail(int exit_status, std::string_view message) {
  log::error("{}", printable(message));
  return exit_status;
}

}  // namespace lind::cli
