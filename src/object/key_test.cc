#include "object/key.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
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

TEST(Key, OfAFileIsThatOfItsBytes) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  ASSERT_NE(file, nullptr);
  const int fd = ::fileno(file.get());
  const Compiler compiler{.identity = "one", .cpu = "two", .options = "three"};
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{64 * 1024 + 1}}) {
    const std::vector<std::byte> module(size, std::byte{7});
    ASSERT_EQ(::pwrite(fd, module.data(), size, 0), static_cast<ssize_t>(size));
    const ErrorOr<Key> key = build_key(fd, size, compiler);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key.value(), build_key(module, compiler));
  }
  EXPECT_FALSE(build_key(fd, 64 * 1024, compiler).ok());
}

TEST(CpuLevel, IsWhatTheCompilersLibrarySees) {
  __builtin_cpu_init();
  EXPECT_EQ(host_cpu_level() == CpuLevel::kV3, __builtin_cpu_supports("x86-64-v3") != 0);
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
