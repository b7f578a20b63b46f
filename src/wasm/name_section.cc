#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/utf8.h"
#include "wasm/limits.h"
#include "wasm/name_section_internal.h"
#include "wasm/reader.h"

namespace lind::wasm {
namespace {

constexpr std::uint8_t kFunctionNames = 1;

ErrorOr<void> read_function_names(Reader& reader, std::vector<Function>& functions) {
  const std::uint32_t count = LIND_TRY(reader.read_count("function names", kMaxFunctions));
  for (std::uint32_t entry = 0; entry < count; ++entry) {
    const std::uint32_t index = LIND_TRY(reader.read_u32());
    const std::uint32_t size = LIND_TRY(reader.read_u32());
    const std::span<const std::byte> name = LIND_TRY(reader.read_bytes(size));
    if (index < functions.size() && is_utf8(name)) functions[index].name = as_text(name);
  }
  return {};
}

ErrorOr<void> read_subsections(Reader reader, std::vector<Function>& functions) {
  while (!reader.done()) {
    const std::uint8_t id = LIND_TRY(reader.read_u8());
    const std::uint32_t size = LIND_TRY(reader.read_u32());
    Reader part = LIND_TRY(reader.read_part(size));
    if (id == kFunctionNames) LIND_TRY(read_function_names(part, functions));
  }
  return {};
}

}  // namespace

void set_function_names(std::span<const std::byte> section, std::vector<Function>& functions) {
  (void)read_subsections(Reader(section), functions);  // the names before an error are set
}

}  // namespace lind::wasm
