/// \file
/// Arguments of a host system call as registers.

#pragma once

#include <bit>
#include <concepts>
#include <cstdint>

#include "runtime/supervisor.h"

namespace lind::rawposix {

template <std::integral T>
constexpr std::uint64_t as_register(T value) noexcept {
  return static_cast<std::uint64_t>(value);  // a negative int is sign-extended
}
inline std::uint64_t as_register(const void* pointer) noexcept {
  return std::bit_cast<std::uint64_t>(pointer);
}

/// For Thread::blocking_syscall.
template <typename... Args>
  requires(sizeof...(Args) <= 6)
runtime::SyscallArgs host_args(Args... args) noexcept {
  return {as_register(args)...};
}

}  // namespace lind::rawposix
