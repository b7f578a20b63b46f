#include "object/seal.h"

#include <vector>

#include <gtest/gtest.h>

#include "object/object_builder.h"

namespace lind::object {
namespace {

std::vector<std::byte> some_object() {
  ObjectBuilder builder;
  builder.set_bytes(vmabi::kSectionHeader, std::vector<std::byte>(48, std::byte{1}));
  builder.set_bytes(vmabi::kSectionDigest, std::vector<std::byte>(32));
  return builder.build();
}

TEST(Seal, TellsEveryChange) {
  std::vector<std::byte> file = some_object();
  EXPECT_TRUE(is_object(file));
  EXPECT_FALSE(check_seal(file).ok());
  ASSERT_TRUE(seal(file).ok());
  ASSERT_TRUE(check_seal(file).ok());
  for (std::byte& byte : file) {
    byte ^= std::byte{1};
    EXPECT_FALSE(check_seal(file).ok());
    byte ^= std::byte{1};
  }
  ASSERT_TRUE(seal(file).ok());  // again gives the same
  EXPECT_TRUE(check_seal(file).ok());
  file.pop_back();
  EXPECT_FALSE(check_seal(file).ok());
}

TEST(Seal, IsForObjectsOnly) {
  ObjectBuilder builder;
  builder.set_bytes(vmabi::kSectionHeader, std::vector<std::byte>(48));
  builder.set_bytes(vmabi::kSectionDigest, std::vector<std::byte>(31));
  std::vector<std::byte> file = builder.build();
  EXPECT_FALSE(seal(file).ok());
  EXPECT_FALSE(check_seal(file).ok());
  std::vector<std::byte> nothing;
  EXPECT_FALSE(is_object(nothing));
  EXPECT_FALSE(seal(nothing).ok());
  EXPECT_FALSE(is_object(std::vector<std::byte>(1000, std::byte{0x7f})));
}

}  // namespace
}  // namespace lind::object
