#include "shape.h"

#include <array>

namespace lind::fuzz {
namespace {

using wasm::ValueType;

constexpr std::array kTypes = {ValueType::kI32, ValueType::kI32, ValueType::kI64,
                               ValueType::kF32, ValueType::kF64, ValueType::kV128};

std::vector<ValueType> make_types(Random& random, std::uint32_t most) {
  std::vector<ValueType> types;
  for (std::uint32_t left = random.below(most + 1); left > 0; --left)
    types.push_back(random.pick(kTypes));
  return types;
}

}  // namespace

Shape make_shape(Random& random) {
  Shape shape;
  for (std::uint32_t left = 2 + random.below(4); left > 0; --left) {
    // Now and then more than travel in registers.
    const std::uint32_t most = random.one_in(4) ? 14 : 4;
    shape.types.push_back({make_types(random, most), make_types(random, 3)});
  }
  for (std::uint32_t left = 2 + random.below(5); left > 0; --left)
    shape.functions.push_back(random.below(shape.types.size()));
  shape.globals = make_types(random, 5);
  shape.globals.insert(shape.globals.begin(), ValueType::kI32);
  const bool is_plain = !random.one_in(3);
  for (std::uint32_t left = is_plain ? 1 : 1 + random.below(3); left > 0; --left) {
    shape.memories.push_back(!is_plain && random.one_in(2) ? ValueType::kI64 : ValueType::kI32);
  }
  shape.num_table_entries = static_cast<std::uint32_t>(shape.functions.size()) + random.below(4);
  shape.num_data_bytes = random.below(200);
  return shape;
}

}  // namespace lind::fuzz
