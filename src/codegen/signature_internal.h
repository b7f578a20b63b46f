/// \file
/// Where the arguments and results of a call travel; vmabi/README.md has the rule.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "wasm/types.h"

namespace lind::codegen {

/// A register, or words of ThreadBlock::slots.
struct Place {
  bool in_register = true;
  std::uint32_t slot = 0;  ///< first word, if not in a register
};

struct Signature {
  std::vector<Place> params;
  std::vector<Place> results;
};

/// Words that a value takes in slots and globals.
constexpr std::uint32_t num_words(wasm::ValueType type) noexcept {
  return type == wasm::ValueType::kV128 ? 2 : 1;
}

constexpr bool travels_in_vector_register(wasm::ValueType type) noexcept {
  return type == wasm::ValueType::kF32 || type == wasm::ValueType::kF64 ||
         type == wasm::ValueType::kV128;
}

/// Errors: parameters or results that need more than vmabi::kNumSlots words, also when the host
///   passes all of them in slots.
ErrorOr<Signature> make_signature(const wasm::FuncType& type);

/// Places for a call by the host: everything in slots.
std::vector<Place> host_places(std::span<const wasm::ValueType> types);

}  // namespace lind::codegen
