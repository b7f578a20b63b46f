/// \file
/// System call numbers; see syscalls.def and DESIGN.md, section 4.

#pragma once

#include <cstdint>
#include <string_view>

namespace lind::uapi {

enum class SyscallNo : std::int32_t {
#define LIND_SYSCALL(number, name, support, note) k_##name = number,
#include "uapi/syscalls.def"
#undef LIND_SYSCALL
  k_register_handler = 1001,
  k_copy_data_between_cages = 1002,
  k_copy_handler_table_to_cage = 1003,
  k_make_syscall = 1004,
  k_deregister_handler = 1005,
  k_seal = 1006,
  k_query = 1007,
  k_exit_notice = 1008,
};

/// Routable numbers lie in [0, kSyscallLimit).
inline constexpr std::int32_t kSyscallLimit = 4192;

/// Services of the program's own runtime, not routable: kServiceBase and up.
inline constexpr std::int32_t kServiceBase = 0x10000;
/// (buffer, size) -> size of the initial stack image; copies it if `size` suffices.
inline constexpr std::int32_t kServiceInitialStack = 0x10000;

enum class Support : std::uint8_t { kFull, kPartial, kDenied };

/// Name of a Linux call, "" for a number that has none.
constexpr std::string_view syscall_name(std::int32_t number) noexcept {
  switch (number) {
#define LIND_SYSCALL(number_, name, support, note) \
  case number_:                                    \
    return #name;
#include "uapi/syscalls.def"
#undef LIND_SYSCALL
    default:
      return "";
  }
}

}  // namespace lind::uapi
