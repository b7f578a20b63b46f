/// \file
/// Checked access to guest bytes.  TCB: see docs/tcb.md.

#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"
#include "uapi/guest_type.h"
#include "vmabi/layout.h"

namespace lind::runtime {

class AddressSpace;
class InFlightRanges;

/// A pointer that a guest gave us, together with the memory it points into.
///
/// The owner travels with the pointer because a call made on behalf of another cage may carry
/// arguments of different cages.  Ownership: borrowed; a system call's GuestPtrs are valid for
/// that call, whose thread (or, for a foreign owner, the 3i call) keeps the memory alive.
template <typename T>
class GuestPtr {
 public:
  GuestPtr() = default;
  GuestPtr(AddressSpace* owner, GuestAddr addr) noexcept : owner_(owner), addr_(addr) {}

  GuestAddr addr() const noexcept { return addr_; }
  AddressSpace* owner() const noexcept { return owner_; }
  bool is_null() const noexcept { return to_u64(addr_) == 0; }

  /// The pointer `num_bytes` further on; a sum beyond 64 bits becomes an address that faults.
  template <typename U>
  GuestPtr<U> at_byte(std::uint64_t num_bytes) const noexcept {
    const std::uint64_t sum = to_u64(addr_) + num_bytes;
    return {owner_, GuestAddr{sum < num_bytes ? ~std::uint64_t{0} : sum}};
  }
  /// Element `index` of an array.
  GuestPtr<T> element(std::uint64_t index) const noexcept {
    return at_byte<T>(index > vmabi::kGuestAddressBytes ? vmabi::kGuestAddressBytes
                                                        : index * sizeof(T));
  }

  /// Copies one object in or out.  Errors: EFAULT.
  Result<T> read() const
    requires uapi::GuestType<T>;
  Result<void> write(const T& value) const
    requires uapi::GuestType<T>;

 private:
  AddressSpace* owner_ = nullptr;
  GuestAddr addr_{};
};

/// Bytes of unknown type.
using GuestBytes = GuestPtr<std::byte>;

/// A checked range that the host kernel alone reads or fills.  While it lives, the range is
/// published as one that a system call may write (kWrite), which thaw and fold must respect.
class HostBuffer {
 public:
  HostBuffer(HostBuffer&& other) noexcept;
  HostBuffer& operator=(HostBuffer&&) = delete;
  ~HostBuffer();

  /// For a host system call; host code must not look behind the pointers.
  iovec vec() const noexcept { return vec_; }

 private:
  friend class AddressSpace;
  HostBuffer(iovec vec, InFlightRanges* ranges, std::size_t slot) noexcept
      : vec_(vec), ranges_(ranges), slot_(slot) {}
  iovec vec_;
  InFlightRanges* ranges_;
  std::size_t slot_;
};

}  // namespace lind::runtime
