/// \file
/// What a generated module declares.

#pragma once

#include <cstdint>
#include <vector>

#include "random.h"
#include "wasm/types.h"

namespace lind::fuzz {

/// Declarations, from which bodies and sections are written.
struct Shape {
  std::vector<wasm::FuncType> types;
  std::vector<std::uint32_t> functions;   ///< type of each inner function
  std::vector<wasm::ValueType> globals;   ///< all mutable; global 0 is the fuel, an i32
  std::vector<wasm::ValueType> memories;  ///< type of an address of each
  std::uint32_t num_table_entries = 0;    ///< of the one table; the first ones hold functions
  std::uint32_t num_data_bytes = 0;       ///< of the one passive data segment
  wasm::ValueType table_address = wasm::ValueType::kI32;
};

inline constexpr std::uint32_t kMemoryPages = 1;
inline constexpr std::uint32_t kMaxMemoryPages = 3;

Shape make_shape(Random& random);

}  // namespace lind::fuzz
