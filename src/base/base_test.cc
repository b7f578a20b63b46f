#include <cstdint>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/result.h"
#include "base/units.h"

namespace lind {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return uapi::Errno::kEINVAL;
  return value / 2;
}

Result<int> quarter(int value) {
  const int once = LIND_TRY(half(value));
  return half(once);
}

TEST(Result, TryReturnsTheFirstErrorAndPassesValues) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error(), uapi::Errno::kEINVAL);
  EXPECT_EQ(quarter(7).error(), uapi::Errno::kEINVAL);
}

TEST(ResultDeathTest, StopsWhenTheWrongSideIsRead) {
  EXPECT_DEATH((void)half(3).value(), "check failed");
  EXPECT_DEATH((void)half(4).error(), "check failed");
}

TEST(Checked, SumsAndProductsThatDoNotFitAreAbsent) {
  constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(checked_add(kMax - 1, 1U), kMax);
  EXPECT_EQ(checked_add(kMax, 1U), std::nullopt);
  EXPECT_EQ(checked_sub(0U, 1U), std::nullopt);
  EXPECT_EQ(checked_mul(1U << 16, 1U << 16), std::nullopt);
  EXPECT_EQ(narrow<std::uint8_t>(256), std::nullopt);
  EXPECT_EQ(narrow<std::uint8_t>(-1), std::nullopt);
  EXPECT_EQ(narrow<std::uint8_t>(255), std::uint8_t{255});
}

TEST(Checked, RangesThatWrapOrEndOutsideDoNotFit) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  EXPECT_TRUE(range_fits<std::uint64_t>(10, 0, 10));
  EXPECT_TRUE(range_fits<std::uint64_t>(0, 10, 10));
  EXPECT_FALSE(range_fits<std::uint64_t>(1, 10, 10));
  EXPECT_FALSE(range_fits<std::uint64_t>(11, 0, 10));
  EXPECT_FALSE(range_fits<std::uint64_t>(kMax, kMax, kMax));
}

TEST(Error, ContextIsPutInFront) {
  EXPECT_EQ(Error("bad magic").in("hello.wasm").message(), "hello.wasm: bad magic");
  EXPECT_THAT(host_error("open /x", 2).message(), testing::HasSubstr("No such file"));
}

TEST(Units, AlignmentRoundsToTheNamedSide) {
  EXPECT_EQ(align_up(0, kHostPageSize), 0U);
  EXPECT_EQ(align_up(1, kHostPageSize), kHostPageSize);
  EXPECT_EQ(align_down(kHostPageSize - 1, kHostPageSize), 0U);
  EXPECT_FALSE(is_aligned(1, 2));
}

}  // namespace
}  // namespace lind
