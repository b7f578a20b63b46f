/// \file
/// Arithmetic on numbers that a guest, a file or a peer chose.

#pragma once

#include <concepts>
#include <optional>
#include <utility>

namespace lind {

/// The sum, product or difference, or nothing if it does not fit.
template <std::integral T>
constexpr std::optional<T> checked_add(T a, T b) noexcept {
  T result{};
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}
template <std::integral T>
constexpr std::optional<T> checked_mul(T a, T b) noexcept {
  T result{};
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}
template <std::integral T>
constexpr std::optional<T> checked_sub(T a, T b) noexcept {
  T result{};
  if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
  return result;
}

/// `value` as a `To`, or nothing if it does not fit.
template <std::integral To, std::integral From>
constexpr std::optional<To> narrow(From value) noexcept {
  if (!std::in_range<To>(value)) return std::nullopt;
  return static_cast<To>(value);
}

/// Whether [start, start + count) lies inside [0, size); no sum wraps.
template <std::unsigned_integral T>
constexpr bool range_fits(T start, T count, T size) noexcept {
  return count <= size && start <= size - count;
}

}  // namespace lind
