/// \file
/// The linear memory of an instance, seen from the host.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lind/api.h>
#include <lind/error.h>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace lind::embed {

namespace detail {
class InstanceState;
class PoolState;
}  // namespace detail

/// Bytes of one WebAssembly page.
inline constexpr std::uint64_t kPageBytes = 65536;

/// A door to the first memory of an instance.
///
/// The guest may write the same bytes at any time (its other threads, or between two calls): copy
/// once, and decide on the copy.
/// Ownership: keeps the memory; after the instance's end every method answers kState or nothing.
/// Threading: as the instance.
class LIND_API Memory {
 public:
  /// Bytes that the guest can name now.
  std::uint64_t size() const noexcept;
  std::uint64_t pages() const noexcept { return size() / kPageBytes; }
  /// memory.grow: the old size in pages.  Errors: kLimit.
  Result<std::uint64_t> grow(std::uint64_t delta_pages) const;

  /// Copies out of, or into, the memory.  Errors: kBounds; nothing has been copied then.
  Result<void> read(std::uint64_t address, std::span<std::byte> to) const;
  Result<void> write(std::uint64_t address, std::span<const std::byte> from) const;
  Result<std::string> read_string(std::uint64_t address, std::uint64_t num_bytes) const;
  /// One object, in the memory's layout: little endian, without padding unless T has some.
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  Result<T> read(std::uint64_t address) const {
    T value{};
    const Result<void> done = read(address, std::as_writable_bytes(std::span(&value, 1)));
    if (!done.ok()) return done.error();
    return value;
  }
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  Result<void> write(std::uint64_t address, const T& value) const {
    return write(address, std::as_bytes(std::span(&value, 1)));
  }

  /// All bytes in place.  They do not move and do not go away while the instance lives; what
  /// memory.grow adds is behind them.
  std::span<std::byte> bytes() const noexcept;

 private:
  friend class detail::InstanceState;
  Memory(std::shared_ptr<detail::InstanceState> state, std::uint64_t generation) noexcept
      : state_(std::move(state)), generation_(generation) {}
  bool has(std::uint64_t address, std::uint64_t num_bytes) const noexcept;
  Error out_of_bounds(std::uint64_t address, std::uint64_t num_bytes) const;

  std::shared_ptr<detail::InstanceState> state_;
  std::uint64_t generation_;
};

}  // namespace lind::embed
