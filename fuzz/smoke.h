/// \file
/// What a smoke test of a fuzz target mutates.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lind::fuzz {

/// A good input of the target; the same seed gives the same one.
std::vector<std::byte> make_input(std::uint64_t seed);

}  // namespace lind::fuzz
