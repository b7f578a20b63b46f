/// \file
/// The codes of traps; see traps.def.

#pragma once

#include <cstdint>
#include <string_view>

namespace lind::vmabi {

enum class TrapCode : std::uint8_t {
  kNone = 0,
#define LIND_TRAP(name, code, message) k_##name = code,
#include "vmabi/traps.def"
#undef LIND_TRAP
};

/// The message of a trap, "unknown trap" for a number that is none.
constexpr std::string_view trap_message(TrapCode code) noexcept {
  switch (code) {
    case TrapCode::kNone:
      break;
#define LIND_TRAP(name, code, message) \
  case TrapCode::k_##name:             \
    return message;
#include "vmabi/traps.def"
#undef LIND_TRAP
  }
  return "unknown trap";
}

}  // namespace lind::vmabi
