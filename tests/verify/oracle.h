/// \file
/// A machine that runs one function the way a processor would, with hostile values wherever code
/// does not make its own, and says what it reaches outside of its cage.  It shares nothing with
/// the verifier but the layout: Zydis decodes, and values are numbers, not facts.

#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "verify/verify.h"

namespace lind::testing {

/// Walks `num_walks` times from `begin` (a function or adapter that ends at `end`) to a return, a
/// trap, or for a few hundred steps.  The first thing that reached outside; "" if nothing did.
std::string find_escape(const verify::Code& code, std::uint32_t begin, std::uint32_t end,
                        std::mt19937_64& random, unsigned num_walks);

}  // namespace lind::testing
