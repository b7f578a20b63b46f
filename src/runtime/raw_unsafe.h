/// \file
/// Numbers to pointers and back, for the native stacks and code addresses that the runtime owns.
/// Never for guest addresses: those go through AddressSpace.

#pragma once

#include <bit>
#include <cstdint>

namespace lind::runtime {

/// The object at a host address.
/// Requires: `address` lies in memory of this runtime that holds a `T`, or plain bytes for a
/// trivial one (-fno-strict-aliasing), suitably aligned.
template <typename T>
T* object_at(std::uint64_t address) noexcept {
  // SAFETY: the caller's duty above; callers say which check put the address there.
  return reinterpret_cast<T*>(address);
}

inline std::uint64_t address_of(const volatile void* pointer) noexcept {
  return std::bit_cast<std::uint64_t>(pointer);
}

}  // namespace lind::runtime
