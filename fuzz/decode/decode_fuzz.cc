// Arbitrary bytes as a module: decoding, validating, and walking what was found valid.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "wasm/decode.h"
#include "wasm/instruction_reader.h"
#include "wasm/validate.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wasm = lind::wasm;
  const auto decoded = wasm::decode_module(std::as_bytes(std::span(data, size)), {});
  if (!decoded.ok()) return 0;
  const wasm::Module& module = decoded.value();
  if (!wasm::validate(module).ok()) return 0;
  for (const wasm::Function& function : module.functions) {
    wasm::InstructionReader reader(function, module.features);
    while (!reader.done())
      LIND_CHECK(reader.next().ok());
  }
  return 0;
}
