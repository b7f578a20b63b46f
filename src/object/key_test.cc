#include "object/key.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lind::object {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(Digest, IsSha256) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(to_hex(sha256(bytes_of("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Key, DiffersWhenAnyInputDiffers) {
  std::set<std::string> keys;
  keys.insert(to_hex(build_key(bytes_of("m"), {"llvm", "v2", "O2"})));
  keys.insert(to_hex(build_key(bytes_of("n"), {"llvm", "v2", "O2"})));
  keys.insert(to_hex(build_key(bytes_of("m"), {"llvn", "v2", "O2"})));
  keys.insert(to_hex(build_key(bytes_of("m"), {"llvm", "v3", "O2"})));
  keys.insert(to_hex(build_key(bytes_of("m"), {"llvm", "v2", "O3"})));
  EXPECT_EQ(keys.size(), 5U);
}

TEST(Key, DependsOnWhereAFieldEnds) {
  EXPECT_NE(build_key(bytes_of("m"), {"ab", "c", ""}), build_key(bytes_of("m"), {"a", "bc", ""}));
  EXPECT_NE(build_key(bytes_of("xm"), {"", "", ""}), build_key(bytes_of("m"), {"", "", "x"}));
}

TEST(Key, IsTheSameForTheSameInput) {
  EXPECT_EQ(build_key(bytes_of("m"), {"a", "b", "c"}), build_key(bytes_of("m"), {"a", "b", "c"}));
}

TEST(CpuLevel, HasTheNamesOfTheCompiler) {
  EXPECT_EQ(cpu_name(CpuLevel::kV2), "x86-64-v2");
  EXPECT_EQ(cpu_name(CpuLevel::kV3), "x86-64-v3");
  EXPECT_TRUE(cpu_name(host_cpu_level()).starts_with("x86-64-v"));
}

}  // namespace
}  // namespace lind::object
