/// \file
/// Addresses that a WASI program gives us.

#pragma once

#include <cstdint>
#include <span>

#include "base/checked.h"
#include "base/ids.h"
#include "runtime/address_space.h"
#include "wasi/abi.h"

namespace lind::wasi {

/// A 32-bit address of a `T`, or of the first of several, in the program's memory.
///
/// Nothing behind the program's 4 GiB can be named with it, whatever index is added.
/// Errors of all methods: kFault.
template <typename T>
class Ptr {
 public:
  Ptr(runtime::AddressSpace& memory, std::uint32_t address) noexcept
      : memory_(&memory), address_(address) {}

  runtime::AddressSpace& memory() const noexcept { return *memory_; }
  GuestAddr address() const noexcept { return GuestAddr{address_}; }

  Result<T> read(std::uint32_t index = 0) const
    requires uapi::GuestType<T>
  {
    T value{};
    if (!is_named(index)) return Errno::kFault;
    if (!memory_->copy_in(std::as_writable_bytes(std::span(&value, 1)), element(index)).ok()) {
      return Errno::kFault;
    }
    return value;
  }
  Answer write(const T& value, std::uint32_t index = 0) const
    requires uapi::GuestType<T>
  {
    if (!is_named(index)) return Errno::kFault;
    if (!memory_->copy_out(element(index), std::as_bytes(std::span(&value, 1))).ok()) {
      return Errno::kFault;
    }
    return {};
  }

  Answer copy_in(std::span<std::byte> bytes) const {
    if (!range_fits<std::uint64_t>(address_, bytes.size(), vmabi::kGuestAddressBytes) ||
        !memory_->copy_in(bytes, address()).ok()) {
      return Errno::kFault;
    }
    return {};
  }
  /// To the bytes `offset` behind the address.
  Answer copy_out(std::uint64_t offset, std::span<const std::byte> bytes) const {
    const std::uint64_t start = address_ + offset;  // both below 4 GiB
    if (offset > vmabi::kGuestAddressBytes ||
        !range_fits<std::uint64_t>(start, bytes.size(), vmabi::kGuestAddressBytes) ||
        !memory_->copy_out(GuestAddr{start}, bytes).ok()) {
      return Errno::kFault;
    }
    return {};
  }

 private:
  bool is_named(std::uint32_t index) const noexcept {
    const std::uint64_t offset = std::uint64_t{index} * sizeof(T);
    return range_fits<std::uint64_t>(address_ + offset, sizeof(T), vmabi::kGuestAddressBytes);
  }
  GuestAddr element(std::uint32_t index) const noexcept {
    return GuestAddr{address_ + std::uint64_t{index} * sizeof(T)};
  }

  runtime::AddressSpace* memory_;
  std::uint64_t address_;
};

/// Bytes of unknown type.
using Bytes = Ptr<std::byte>;

}  // namespace lind::wasi
