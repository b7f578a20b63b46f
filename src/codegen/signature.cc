#include <cstddef>
#include <string_view>

#include <fmt/core.h>

#include "codegen/signature_internal.h"
#include "vmabi/thread_block.h"

namespace lind::codegen {
namespace {

ErrorOr<void> check_words(std::span<const wasm::ValueType> types, std::string_view what) {
  std::uint64_t words = 0;
  for (const wasm::ValueType type : types)
    words += num_words(type);
  if (words > vmabi::kNumSlots) {
    return Error(
        fmt::format("{} take {} words, at most {} can be passed", what, words, vmabi::kNumSlots));
  }
  return {};
}

}  // namespace

ErrorOr<Signature> make_signature(const wasm::FuncType& type) {
  LIND_TRY(check_words(type.params, "parameters"));
  LIND_TRY(check_words(type.results, "results"));
  Signature signature;
  std::size_t num_int = 0;
  std::size_t num_vector = 0;
  std::uint32_t slot = 0;
  for (const wasm::ValueType param : type.params) {
    const bool in_register = travels_in_vector_register(param)
                                 ? num_vector++ < vmabi::kMaxVectorArgs
                                 : num_int++ < vmabi::kMaxIntArgs;
    signature.params.push_back({in_register, slot});
    if (!in_register) slot += num_words(param);
  }
  slot = 0;
  for (std::size_t i = 0; i < type.results.size(); ++i) {
    signature.results.push_back({i == 0, slot});
    if (i != 0) slot += num_words(type.results[i]);
  }
  return signature;
}

std::vector<Place> host_places(std::span<const wasm::ValueType> types) {
  std::vector<Place> places;
  std::uint32_t slot = 0;
  for (const wasm::ValueType type : types) {
    places.push_back({false, slot});
    slot += num_words(type);
  }
  return places;
}

}  // namespace lind::codegen
