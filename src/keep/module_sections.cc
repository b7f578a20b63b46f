#include "keep/module_sections.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace lind::keep {
namespace {

constexpr std::size_t kHeaderBytes = 8;

bool is_for_debuggers(std::string_view name) {
  return name.starts_with(".debug_") || name.starts_with("reloc.") ||
         name == "external_debug_info" || name == "sourceMappingURL";
}

/// Takes from the front of what is left; nothing once something does not fit.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}

  std::span<const std::byte> left() const noexcept { return left_; }

  std::optional<std::span<const std::byte>> take(std::size_t count) {
    if (count > left_.size()) return std::nullopt;
    const auto taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
  }

  /// A LEB128 number of 32 bits.
  std::optional<std::uint32_t> take_u32() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const auto byte = take(1);
      if (!byte) return std::nullopt;
      const auto bits = std::to_integer<std::uint64_t>(byte->front());
      value |= (bits & 0x7fU) << shift;
      if ((bits & 0x80U) == 0) {
        return value <= 0xffffffff ? std::optional(static_cast<std::uint32_t>(value))
                                   : std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  std::span<const std::byte> left_;
};

struct Section {
  bool is_custom = false;
  std::string name = {};  ///< of a custom one
};

/// The section at the front, which is taken.
std::optional<Section> take_section(Reader& reader) {
  const auto id = reader.take(1);
  const std::optional<std::uint32_t> size = id ? reader.take_u32() : std::nullopt;
  const auto content = size ? reader.take(*size) : std::nullopt;
  if (!content) return std::nullopt;
  if (id->front() != std::byte{0}) return Section{};
  Reader inner(*content);
  const std::optional<std::uint32_t> name_bytes = inner.take_u32();
  const auto name = name_bytes ? inner.take(*name_bytes) : std::nullopt;
  if (!name) return std::nullopt;
  Section section{.is_custom = true};
  std::ranges::transform(*name, std::back_inserter(section.name),
                         [](std::byte each) { return static_cast<char>(each); });
  return section;
}

}  // namespace

StrippedModule strip_debug_sections(std::span<const std::byte> module) {
  constexpr std::array kMagic = {std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}};
  StrippedModule stripped;
  Reader reader(module);
  const auto keep = [&stripped](std::span<const std::byte> bytes) {
    stripped.bytes.insert(stripped.bytes.end(), bytes.begin(), bytes.end());
  };
  const auto header = reader.take(kHeaderBytes);
  if (!header || !std::ranges::equal(header->first(kMagic.size()), kMagic)) {
    keep(module);
    return stripped;
  }
  keep(*header);
  while (!reader.left().empty()) {
    const std::span<const std::byte> before = reader.left();
    const std::optional<Section> section = take_section(reader);
    if (!section) {
      keep(before);
      return stripped;
    }
    if (section->is_custom && is_for_debuggers(section->name)) {
      stripped.left_out.push_back(section->name);
    } else {
      keep(before.first(before.size() - reader.left().size()));
    }
  }
  return stripped;
}

}  // namespace lind::keep
