#include "message.h"

#include <gtest/gtest.h>

namespace lind::cli {
namespace {

TEST(Message, ControlCharactersAreSpelled) {
  EXPECT_EQ(printable("a\nb\x1b[1m\x7f\t"), "a\\x0ab\\x1b[1m\\x7f\\x09");
  EXPECT_EQ(printable("plain: caf\xc3\xa9"), "plain: caf\xc3\xa9");
}

TEST(Message, LongTextIsCut) {
  EXPECT_EQ(printable(std::string(8192, 'x')), std::string(8192, 'x'));
  EXPECT_EQ(printable(std::string(8193, 'x')), std::string(8192, 'x') + "...");
}

}  // namespace
}  // namespace lind::cli
