#include "rawposix/fs/lock_ranges.h"

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

constexpr LockOwner kOne{1};
constexpr LockOwner kTwo{2};

RecordLock lock(LockOwner owner, std::int64_t first, std::int64_t last, bool is_write) {
  return {.owner = owner, .pid = 7, .is_write = is_write, .range = {.first = first, .last = last}};
}

TEST(LockRanges, JoinsNeighboursOfOneKind) {
  LockRanges ranges;
  ranges.set(lock(kOne, 0, 9, true));
  ranges.set(lock(kOne, 20, 29, true));
  ranges.set(lock(kOne, 10, 19, true));
  ASSERT_EQ(ranges.all().size(), 1u);
  EXPECT_EQ(ranges.all()[0].range.last, 29);
}

TEST(LockRanges, ReplacesAndSplitsWhatTheOwnerHeld) {
  LockRanges ranges;
  ranges.set(lock(kOne, 0, LockRange::kLastByte, true));
  ranges.set(lock(kOne, 10, 19, false));
  ASSERT_EQ(ranges.all().size(), 3u);
  EXPECT_EQ(ranges.all()[2].range.first, 20);
  ranges.unset(kOne, {.first = 5, .last = 24});
  ASSERT_EQ(ranges.all().size(), 2u);
  EXPECT_EQ(ranges.all()[0].range.last, 4);
  EXPECT_EQ(ranges.all()[1].range.first, 25);
}

TEST(LockRanges, ReadersDoNotConflict) {
  LockRanges ranges;
  ranges.set(lock(kOne, 0, 9, false));
  EXPECT_EQ(ranges.find_conflict(lock(kTwo, 0, 9, false)), nullptr);
  EXPECT_NE(ranges.find_conflict(lock(kTwo, 9, 9, true)), nullptr);
  EXPECT_EQ(ranges.find_conflict(lock(kTwo, 10, 10, true)), nullptr);
  EXPECT_EQ(ranges.find_conflict(lock(kOne, 0, 9, true)), nullptr);
}

TEST(LockRanges, SaysWhatOthersHold) {
  LockRanges ranges;
  ranges.set(lock(kOne, 0, 4, true));
  ranges.set(lock(kOne, 10, 14, false));
  ranges.set(lock(kTwo, 12, 20, false));
  const auto held = ranges.held_by_others(LockOwner{3}, {.first = 2, .last = 18});
  ASSERT_EQ(held.size(), 2u);
  EXPECT_TRUE(held[0].is_write);
  EXPECT_EQ(held[0].range.first, 2);
  EXPECT_FALSE(held[1].is_write);
  EXPECT_EQ(held[1].range.first, 10);
  EXPECT_EQ(held[1].range.last, 18);
  EXPECT_TRUE(ranges.held_by_others(kOne, {.first = 0, .last = 9}).empty());
}

}  // namespace
}  // namespace lind::rawposix
