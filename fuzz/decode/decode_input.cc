#include "differential/generate.h"
#include "smoke.h"

namespace lind::fuzz {

std::vector<std::byte> make_input(std::uint64_t seed) {
  return generate_module(seed);
}

}  // namespace lind::fuzz
