#include "keep/backend.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace lind::keep {

std::string_view name_of(Backend backend) {
  return backend == Backend::kNil ? "nil" : "locked";
}

ErrorOr<Backend> choose_backend(const std::optional<std::string>& name, bool can_lock) {
  // Those of Enarx that need hardware.
  constexpr std::array<std::string_view, 3> kHardware = {"sgx", "sev", "kvm"};
  if (!name) return can_lock ? Backend::kLocked : Backend::kNil;
  if (*name == "nil") return Backend::kNil;
  if (*name == "locked" && can_lock) return Backend::kLocked;
  if (*name == "locked" || std::ranges::find(kHardware, *name) != kHardware.end()) {
    return Error(fmt::format("Keep backend \"{}\" is not available on this platform.", *name));
  }
  return Error(fmt::format("Keep backend identifier \"{}\" is unknown.", *name));
}

}  // namespace lind::keep
