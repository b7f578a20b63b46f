#include "keep/module_sections.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lind::keep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kHeaderBytes = 8;
const std::string kHeader("\0asm\1\0\0\0", kHeaderBytes);

std::string custom(const std::string& name, const std::string& content) {
  const std::string inner = static_cast<char>(name.size()) + name + content;
  return std::string(1, '\0') + static_cast<char>(inner.size()) + inner;
}

StrippedModule strip(const std::string& module) {
  return strip_debug_sections(std::as_bytes(std::span(module)));
}

std::string text_of(const StrippedModule& module) {
  std::string text;
  for (const std::byte each : module.bytes)
    text += static_cast<char>(each);
  return text;
}

TEST(ModuleSections, LeavesOutWhatIsForDebuggers) {
  const std::string type = "\x01\x02xy";
  const StrippedModule stripped =
      strip(kHeader + custom(".debug_info", "abc") + type + custom("name", "n") +
            custom("reloc..debug_line", "") + custom("external_debug_info", "u") +
            custom("sourceMappingURL", "u") + custom("producers", "p"));
  EXPECT_EQ(text_of(stripped), kHeader + type + custom("name", "n") + custom("producers", "p"));
  EXPECT_THAT(stripped.left_out, ElementsAre(".debug_info", "reloc..debug_line",
                                             "external_debug_info", "sourceMappingURL"));
}

TEST(ModuleSections, KeepsWhatIsNoModule) {
  for (const std::string& text :
       {std::string(), std::string("\0as", 3),
        std::string("\x7f"
                    "ELF...."),
        kHeader, kHeader + "\x01", kHeader + "\x01\x05xy", kHeader + "\x01\xff\xff\xff\xff\xff",
        kHeader + std::string("\0\x02\x05x", 4), kHeader + std::string("\0\x00", 2),
        kHeader + "\x01\xff\xff\xff\xff\x7f"}) {
    const StrippedModule stripped = strip(text);
    EXPECT_EQ(text_of(stripped), text);
    EXPECT_THAT(stripped.left_out, IsEmpty());
  }
}

TEST(ModuleSections, KeepsWhatFollowsAMistake) {
  const std::string broken = "\x01\x7fxy";
  const StrippedModule stripped =
      strip(kHeader + custom(".debug_info", "") + broken + custom(".debug_line", ""));
  EXPECT_EQ(text_of(stripped), kHeader + broken + custom(".debug_line", ""));
  EXPECT_THAT(stripped.left_out, ElementsAre(".debug_info"));
}

}  // namespace
}  // namespace lind::keep
