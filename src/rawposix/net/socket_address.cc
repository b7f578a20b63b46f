#include "rawposix/net/socket_address.h"

#include <sys/socket.h>

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "runtime/address_space.h"

namespace lind::rawposix {

std::string_view SocketAddress::rest() const noexcept {
  if (num_bytes <= kFamilyBytes) return {};
  return std::string_view(std::bit_cast<const char*>(bytes.data()), num_bytes).substr(kFamilyBytes);
}

SocketAddress SocketAddress::make_unix(std::string_view rest) noexcept {
  LIND_CHECK(rest.size() <= kMaxUnixBytes - kFamilyBytes);
  SocketAddress address;
  const std::uint16_t family = AF_UNIX;
  std::memcpy(address.bytes.data(), &family, sizeof(family));
  std::memcpy(address.bytes.data() + kFamilyBytes, rest.data(), rest.size());
  address.num_bytes = static_cast<std::uint32_t>(kFamilyBytes + rest.size());
  return address;
}

Result<SocketAddress> read_address(runtime::GuestBytes place, std::int32_t num_bytes) {
  if (num_bytes < 0 || static_cast<std::size_t>(num_bytes) > SocketAddress::kMaxBytes) {
    return uapi::Errno::kEINVAL;
  }
  SocketAddress address;
  address.num_bytes = static_cast<std::uint32_t>(num_bytes);
  if (num_bytes > 0) {
    LIND_TRY(
        place.owner()->copy_in(std::span(address.bytes).first(address.num_bytes), place.addr()));
  }
  return address;
}

Result<void> write_address(const SocketAddress& address, runtime::GuestBytes place,
                           runtime::GuestPtr<std::int32_t> size) {
  const std::int32_t room = LIND_TRY(size.read());
  if (room < 0) return uapi::Errno::kEINVAL;
  const auto part = std::min(address.num_bytes, static_cast<std::uint32_t>(room));
  if (part > 0) LIND_TRY(place.owner()->copy_out(place.addr(), address.view().first(part)));
  return size.write(static_cast<std::int32_t>(address.num_bytes));
}

}  // namespace lind::rawposix
