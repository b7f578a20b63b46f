// Arbitrary bytes as a compiled object: reading it, and using what was accepted as its users do.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "object/object.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace object = lind::object;
  const auto parsed = object::Object::parse(std::as_bytes(std::span(data, size)));
  if (!parsed.ok()) return 0;
  const object::Object& good = parsed.value();
  for (const auto& function : good.functions()) {
    LIND_CHECK(function.type < good.types().size());
    LIND_CHECK(good.text(function.name).size() == function.name.size);
  }
  for (const auto& segment : good.data()) {
    LIND_CHECK(good.bytes(segment.bytes).size() == segment.bytes.size);
  }
  LIND_CHECK(good.text_range().offset + good.text_range().size <= size);
  LIND_CHECK(good.rodata_range().offset + good.rodata_range().size <= size);
  return 0;
}
