/// \file
/// Identities and addresses as types of their own.

#pragma once

#include <cstdint>

namespace lind {

/// A cage; its number is the guest's pid.  0 is no cage.
enum class CageId : std::uint32_t {};
/// A guest thread, unique among all live threads of the instance.
enum class ThreadId : std::uint32_t {};
/// An address in one linear memory; 64 bits so that checked sums do not wrap.
enum class GuestAddr : std::uint64_t {};
/// A descriptor number of one cage.
enum class Fd : std::int32_t {};
/// A function in the index space of one module.
enum class FuncIndex : std::uint32_t {};

constexpr std::uint64_t to_u64(GuestAddr addr) noexcept {
  return static_cast<std::uint64_t>(addr);
}
constexpr std::uint32_t to_u32(CageId id) noexcept {
  return static_cast<std::uint32_t>(id);
}
constexpr std::uint32_t to_u32(ThreadId id) noexcept {
  return static_cast<std::uint32_t>(id);
}
constexpr std::uint32_t to_u32(FuncIndex index) noexcept {
  return static_cast<std::uint32_t>(index);
}
constexpr std::int32_t to_i32(Fd fd) noexcept {
  return static_cast<std::int32_t>(fd);
}

}  // namespace lind
