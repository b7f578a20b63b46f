#include "wasm/reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wasm/test_module_internal.h"

namespace lind::wasm {
namespace {

using testing::as_bytes;
using testing::bytes;

TEST(Reader, ReadsUnsignedNumbersOfAtMost32Bits) {
  struct Case {
    std::string bytes;
    std::optional<std::uint32_t> value;
  };
  const std::vector<Case> cases = {
      {bytes("\0"), 0},
      {bytes("\x7f"), 127},
      {bytes("\x80\1"), 128},
      {bytes("\x80\x80\x80\x80\0"), 0},
      {bytes("\xff\xff\xff\xff\x0f"), 0xffffffff},
      {bytes("\xff\xff\xff\xff\x1f"), std::nullopt},
      {bytes("\x80\x80\x80\x80\x80\0"), std::nullopt},
      {bytes("\x80"), std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& test : cases) {
    Reader reader(as_bytes(test.bytes));
    const auto value = reader.read_u32();
    ASSERT_EQ(value.ok(), test.value.has_value()) << ::testing::PrintToString(test.bytes);
    if (value.ok()) {
      EXPECT_EQ(std::optional(value.value()), test.value);
      EXPECT_TRUE(reader.done());
    }
  }
}

TEST(Reader, ReadsSignedNumbersWhoseLastGroupRepeatsTheSign) {
  struct Case {
    std::string bytes;
    std::optional<std::int32_t> value;
  };
  const std::vector<Case> cases = {
      {bytes("\x3f"), 63},
      {bytes("\x40"), -64},
      {bytes("\x7f"), -1},
      {bytes("\xff\x7f"), -1},
      {bytes("\xff\xff\xff\xff\x07"), INT32_MAX},
      {bytes("\x80\x80\x80\x80\x78"), INT32_MIN},
      {bytes("\xff\xff\xff\xff\x0f"), std::nullopt},
      {bytes("\x80\x80\x80\x80\x70"), std::nullopt},
      {bytes("\xff\xff\xff\xff\xff\x7f"), std::nullopt},
  };
  for (const Case& test : cases) {
    Reader reader(as_bytes(test.bytes));
    const auto value = reader.read_s32();
    ASSERT_EQ(value.ok(), test.value.has_value()) << ::testing::PrintToString(test.bytes);
    if (value.ok()) {
      EXPECT_EQ(std::optional(value.value()), test.value);
    }
  }
}

TEST(Reader, ReadsTheEndsOf33And64Bits) {
  const std::string min33 = bytes("\x80\x80\x80\x80\x70");
  const std::string max33 = bytes("\xff\xff\xff\xff\x0f");
  const std::string above33 = bytes("\xff\xff\xff\xff\x1f");
  EXPECT_EQ(Reader(as_bytes(min33)).read_s33().value(), -(std::int64_t{1} << 32));
  EXPECT_EQ(Reader(as_bytes(max33)).read_s33().value(), (std::int64_t{1} << 32) - 1);
  EXPECT_FALSE(Reader(as_bytes(above33)).read_s33().ok());

  const std::string min64 = bytes("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f");
  const std::string max64 = bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\0");
  const std::string above64 = bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1");
  EXPECT_EQ(Reader(as_bytes(min64)).read_s64().value(), INT64_MIN);
  EXPECT_EQ(Reader(as_bytes(max64)).read_s64().value(), INT64_MAX);
  EXPECT_FALSE(Reader(as_bytes(above64)).read_s64().ok());
}

TEST(Reader, TakesOnlyWellFormedUtf8ForNames) {
  const std::vector<std::string> good = {"",
                                         "a",
                                         "\xc2\x80",
                                         "\xe0\xa0\x80",
                                         "\xed\x9f\xbf",
                                         "\xee\x80\x80",
                                         "\xf0\x90\x80\x80",
                                         "\xf4\x8f\xbf\xbf"};
  for (const std::string& name : good) {
    const std::string input = testing::sized(name);
    Reader reader(as_bytes(input));
    EXPECT_EQ(reader.read_name().value(), name);
  }
  const std::vector<std::string> bad = {"\x80",         "\xc1\xbf",         "\xc2",
                                        "\xe0\x9f\xbf", "\xed\xa0\x80",     "\xf0\x8f\xbf\xbf",
                                        "\xe2\x82",     "\xf4\x90\x80\x80", "a\xff"};
  for (const std::string& name : bad) {
    const std::string input = testing::sized(name);
    Reader reader(as_bytes(input));
    EXPECT_FALSE(reader.read_name().ok()) << ::testing::PrintToString(name);
  }
}

TEST(Reader, RefusesCountsThatTheBytesCannotHold) {
  const std::string input = bytes("\3\0\0");
  Reader reader(as_bytes(input), 100);
  EXPECT_EQ(reader.read_count("things", 10).error().message(),
            "unexpected end: 3 things at offset 100 in 2 bytes");
  EXPECT_EQ(Reader(as_bytes(input)).read_count("things", 2).error().message(),
            "3 things at offset 0, the limit is 2");
}

TEST(Reader, GivesPartsThatKnowTheirOffset) {
  const std::string input = bytes("\1\2\3");
  Reader reader(as_bytes(input), 7);
  ASSERT_TRUE(reader.read_u8().ok());
  Reader part = reader.read_part(1).value();
  EXPECT_EQ(part.offset(), 8U);
  EXPECT_EQ(part.read_u8().value(), 2);
  EXPECT_EQ(part.read_u8().error().message(), "unexpected end at offset 9");
  EXPECT_FALSE(reader.read_part(2).ok());
}

}  // namespace
}  // namespace lind::wasm
