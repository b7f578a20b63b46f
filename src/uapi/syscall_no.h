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
  k_forward = 1009,
  k_fork_interpose = 1010,
};

/// Routable numbers lie in [0, kSyscallLimit).
inline constexpr std::int32_t kSyscallLimit = 4192;

/// Services of the program's own runtime, not routable: kServiceBase and up.
inline constexpr std::int32_t kServiceBase = 0x10000;
/// (buffer, size) -> size of the initial stack image; copies it if `size` suffices.
inline constexpr std::int32_t kServiceInitialStack = 0x10000;

/// (block) -> does not return: the thread becomes an activation, which is described calls at
/// `block`.
inline constexpr std::int32_t kServiceActivation = 0x10001;
/// () -> 0 once the process has an idle activation.
inline constexpr std::int32_t kServiceAwaitActivation = 0x10002;
/// () -> 1 if the thread, or one whose call it answers, has a signal to take or is to end, else 0.
inline constexpr std::int32_t kServiceInterrupted = 0x10003;
/// (words, count) -> number of places in code, at most `count`, that the caller's functions are at.
inline constexpr std::int32_t kServiceFrames = 0x10004;
/// (place, buffer, size) -> length of the name of the function there; a u32 with how far into it
/// the place is, and what fits of the name, at `buffer`.
inline constexpr std::int32_t kServiceFunctionName = 0x10005;

enum class Support : std::uint8_t { kFull, kPartial, kDenied };

/// Name of a Linux call or one of 3i, "" for a number that has none.
constexpr std::string_view syscall_name(std::int32_t number) noexcept {
  switch (number) {
    case static_cast<std::int32_t>(SyscallNo::k_register_handler):
      return "register_handler";
    case static_cast<std::int32_t>(SyscallNo::k_copy_data_between_cages):
      return "copy_data_between_cages";
    case static_cast<std::int32_t>(SyscallNo::k_copy_handler_table_to_cage):
      return "copy_handler_table_to_cage";
    case static_cast<std::int32_t>(SyscallNo::k_make_syscall):
      return "make_syscall";
    case static_cast<std::int32_t>(SyscallNo::k_deregister_handler):
      return "deregister_handler";
    case static_cast<std::int32_t>(SyscallNo::k_seal):
      return "seal";
    case static_cast<std::int32_t>(SyscallNo::k_query):
      return "query";
    case static_cast<std::int32_t>(SyscallNo::k_exit_notice):
      return "exit_notice";
    case static_cast<std::int32_t>(SyscallNo::k_forward):
      return "forward";
    case static_cast<std::int32_t>(SyscallNo::k_fork_interpose):
      return "fork_interpose";
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
