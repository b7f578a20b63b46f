#include <gtest/gtest.h>

#include "keep/toml_depth_internal.h"

namespace lind::keep {
namespace {

TEST(TomlDepth, CountsDotsOfKeysAlone) {
  EXPECT_EQ(count_key_dots(""), 0U);
  EXPECT_EQ(count_key_dots("a.b.c = 1 # d.e\n[f.g]"), 3U);
  EXPECT_EQ(count_key_dots("\"a.b\".'c.d'.e"), 2U);
}

TEST(TomlDepth, KnowsWhereStringsEnd) {
  EXPECT_EQ(count_key_dots("'a\\' . 'b'"), 1U);
  EXPECT_EQ(count_key_dots("\"a\\\" . \\\\\" . "), 1U);
  EXPECT_EQ(count_key_dots("\"\" . \"\""), 1U);
  EXPECT_EQ(count_key_dots("\"\"\" . \" .. \"\" .\"\"\" . "), 1U);
  EXPECT_EQ(count_key_dots("\"\"\"a\"\"\"\"\" . "), 1U);
  EXPECT_EQ(count_key_dots("'''a.''b'.''''' . "), 1U);
  EXPECT_EQ(count_key_dots("\"\"\" \\\"\"\" . \"\"\"."), 1U);
  EXPECT_EQ(count_key_dots("x = \"\"\"\n\"\"\", b.c.d"), 2U);
}

TEST(TomlDepth, EndsWithStringsThatDoNot) {
  for (const char* text : {"\"", "'", "\"\"\"", "'''", "\"\\", "\"\"\"\\", "#", "'''a''"}) {
    EXPECT_EQ(count_key_dots(text), 0U) << text;
  }
}

}  // namespace
}  // namespace lind::keep
