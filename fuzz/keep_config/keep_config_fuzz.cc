// Arbitrary bytes as Enarx.toml: what was accepted has a canonical text that says the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "keep/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace keep = lind::keep;
  const std::string text(data, data + size);
  const auto parsed = keep::parse_config(text, keep::UnknownKeys::kIgnore);
  if (!parsed.ok()) return 0;
  const auto again =
      keep::parse_config(keep::canonical_text(parsed.value()), keep::UnknownKeys::kRefuse);
  LIND_CHECK(again.ok() && again.value() == parsed.value());
  return 0;
}
