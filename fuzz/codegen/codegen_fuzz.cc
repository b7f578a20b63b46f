// Arbitrary bytes as a module: compiling what is valid, at one tier in one mode.  Every object must
// be one that the runtime's reader takes; compile_module has asked the verifier.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <fmt/core.h>

#include "base/check.h"
#include "codegen/compile.h"
#include "object/object.h"
#include "wasm/decode.h"
#include "wasm/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using lind::codegen::Mode;
using lind::codegen::Tier;

/// Tier and mode follow from the input, so that a crash can be seen again.
lind::codegen::CompileOptions options_for(std::span<const std::uint8_t> input) {
  constexpr Tier kTiers[] = {Tier::kInstant, Tier::kQuick, Tier::kLight,  // NOLINT: a list
                             Tier::kFull};
  std::size_t sum = input.size();
  for (const std::uint8_t byte : input)
    sum += byte;
  lind::codegen::CompileOptions options;
  options.tier = kTiers[sum % 4];
  options.mode = sum / 4 % 2 == 0 ? Mode::kExact : Mode::kLindProgram;
  options.cpu = sum / 8 % 2 == 0 ? "x86-64-v2" : "x86-64-v3";
  options.num_threads = 1;
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(data, size);
  const auto module = lind::wasm::decode_module(std::as_bytes(input), {});
  if (!module.ok() || !lind::wasm::validate(module.value()).ok()) return 0;
  const auto object = lind::codegen::compile_module(module.value(), options_for(input));
  if (object.ok()) {
    LIND_CHECK(lind::object::Object::parse(object.value()).ok());
    return 0;
  }
  // A limit is an answer; a mistake of ours is not.
  if (std::string_view(object.error().message()).find("internal error") != std::string_view::npos) {
    fmt::print(stderr, "{}\n", object.error().message());
    LIND_CHECK(false);
  }
  return 0;
}
