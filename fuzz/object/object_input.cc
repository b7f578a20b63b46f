#include "base/check.h"
#include "codegen/compile.h"
#include "differential/generate.h"
#include "smoke.h"
#include "wasm/decode.h"
#include "wasm/validate.h"

namespace lind::fuzz {

std::vector<std::byte> make_input(std::uint64_t seed) {
  const std::vector<std::byte> bytes = generate_module(seed);
  const auto module = wasm::decode_module(bytes, {});
  LIND_CHECK(module.ok() && wasm::validate(module.value()).ok());
  codegen::CompileOptions options;
  options.mode = codegen::Mode::kExact;
  options.tier = codegen::Tier::kQuick;
  auto object = codegen::compile_module(module.value(), options);
  LIND_CHECK(object.ok());
  return std::move(object).value();
}

}  // namespace lind::fuzz
