/// \file
/// Valid modules made from a number.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lind::fuzz {

/// A module without imports that exports functions without parameters, whose results are integers:
/// calls of its other functions, then hashes of its memories and its globals.
///
/// The same seed gives the same module.  Everything ends: loops and calls use up fuel.  No NaN
/// whose bits the standard leaves open reaches a result, a memory or a global.
std::vector<std::byte> generate_module(std::uint64_t seed);

}  // namespace lind::fuzz
