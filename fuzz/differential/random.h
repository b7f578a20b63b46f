/// \file
/// Numbers for the generator.

#pragma once

#include <cstddef>
#include <cstdint>

namespace lind::fuzz {

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// Below `end`, which is not 0.
  std::uint32_t below(std::size_t end) { return static_cast<std::uint32_t>(next() % end); }
  /// One time in `times`.
  bool one_in(std::uint32_t times) { return below(times) == 0; }

  template <typename List>
  const auto& pick(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace lind::fuzz
