// A libFuzzer target without libFuzzer: a fixed number of mutated inputs, the same in every run.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include <fmt/core.h>

#include "differential/random.h"
#include "smoke.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lind::fuzz {
namespace {

std::vector<std::uint8_t> to_input(const std::vector<std::byte>& bytes) {
  std::vector<std::uint8_t> input;
  for (const std::byte each : bytes)
    input.push_back(std::to_integer<std::uint8_t>(each));
  return input;
}

void mutate(std::vector<std::uint8_t>& input, Random& random) {
  for (std::uint32_t left = 1 + random.below(4); left > 0 && !input.empty(); --left) {
    const std::uint32_t at = random.below(input.size());
    switch (random.below(4)) {
      case 0:
        input[at] = static_cast<std::uint8_t>(random.next());
        break;
      case 1:
        input[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
        break;
      case 2:
        input.erase(input.begin() + at);
        break;
      default:
        input.insert(input.begin() + at, static_cast<std::uint8_t>(random.next()));
        break;
    }
  }
}

void run(std::uint64_t num_inputs) {
  constexpr std::uint64_t kMutationsOfEach = 100;
  Random random(1);
  for (std::uint64_t done = 0; done < num_inputs;) {
    const std::vector<std::uint8_t> good = to_input(make_input(random.next()));
    for (std::uint64_t i = 0; i < kMutationsOfEach && done < num_inputs; ++i, ++done) {
      std::vector<std::uint8_t> input = good;
      if (i != 0) mutate(input, random);
      (void)LLVMFuzzerTestOneInput(input.data(), input.size());
    }
  }
  fmt::print("{} inputs\n", num_inputs);
}

}  // namespace
}  // namespace lind::fuzz

int main(int argc, char** argv) {
  const auto arguments = std::span(argv, static_cast<std::size_t>(argc)).subspan(1);
  lind::fuzz::run(arguments.empty() ? 1000 : std::strtoull(arguments[0], nullptr, 10));
  return EXIT_SUCCESS;
}
