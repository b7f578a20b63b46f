/// \file
/// Socket addresses as bytes, the family first.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/result.h"
#include "runtime/guest_memory.h"

namespace lind::rawposix {

/// An address as the guest or as the host writes it; the layout is the same.
struct SocketAddress {
  static constexpr std::size_t kMaxBytes = 128;          ///< struct sockaddr_storage
  static constexpr std::size_t kFamilyBytes = 2;         ///< sa_family_t
  static constexpr std::size_t kMaxUnixBytes = 2 + 108;  ///< struct sockaddr_un

  std::array<std::byte, kMaxBytes> bytes{};
  std::uint32_t num_bytes = 0;

  std::span<const std::byte> view() const noexcept { return std::span(bytes).first(num_bytes); }
  /// AF_UNSPEC for what is too short to have one.
  std::uint16_t family() const noexcept {
    std::uint16_t family = 0;
    if (num_bytes >= kFamilyBytes) std::memcpy(&family, bytes.data(), sizeof(family));
    return family;
  }
  /// What follows the family.
  std::string_view rest() const noexcept;
  /// `rest` must fit into a struct sockaddr_un.
  static SocketAddress make_unix(std::string_view rest) noexcept;
};

/// Errors: EINVAL for a length that no address has, EFAULT.
Result<SocketAddress> read_address(runtime::GuestBytes place, std::int32_t num_bytes);
/// As much of `address` as `size` has room for; `size` becomes its true length.
/// Errors: EINVAL for a negative size, EFAULT.
Result<void> write_address(const SocketAddress& address, runtime::GuestBytes place,
                           runtime::GuestPtr<std::int32_t> size);

}  // namespace lind::rawposix
