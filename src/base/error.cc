#include "base/error.h"

#include <array>
#include <cstring>

namespace lind {

Error host_error(std::string_view what, int host_errno) {
  std::array<char, 128> text{};
  return Error(std::string(what) + ": " + strerror_r(host_errno, text.data(), text.size()));
}

}  // namespace lind
