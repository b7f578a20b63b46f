/// \file
/// BLAKE2b (RFC 7693) without a key: minisign's digest.

#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace lind::object {

std::array<std::byte, 64> blake2b_512(std::span<const std::byte> bytes) noexcept;
std::array<std::byte, 32> blake2b_256(std::span<const std::byte> bytes) noexcept;

}  // namespace lind::object
