/// \file
/// The number by which a table entry names its signature.

#pragma once

#include <cstdint>
#include <span>

namespace lind::vmabi {

/// What an entry carries whose function belongs to another instance: equal to no signature's.
inline constexpr std::uint32_t kForeignTypeId = 1;

/// FNV-1a over the ValueKind bytes of the parameters, a separator, and the results; never 0 and
/// never kForeignTypeId.
/// A collision confuses two signatures of one program with each other: a wrong program may run
/// on instead of trapping, but stays in its cage (arguments travel in registers and slots only).
constexpr std::uint32_t type_id(std::span<const std::uint8_t> params,
                                std::span<const std::uint8_t> results) noexcept {
  std::uint32_t hash = 2166136261U;
  const auto mix = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 16777619U; };
  for (const std::uint8_t kind : params)
    mix(kind);
  mix(0);
  for (const std::uint8_t kind : results)
    mix(kind);
  return hash <= kForeignTypeId ? hash + 2 : hash;
}

}  // namespace lind::vmabi
