#include "rawposix/proc/id_pool.h"

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

TEST(IdPool, StartsAtTwoBecauseTheKernelIsOne) {
  IdPool pool;
  EXPECT_EQ(pool.take(), 2U);
  EXPECT_EQ(pool.take(), 3U);
}

TEST(IdPool, GivesANumberAgainOnlyAfterAllOthersHadTheirTurn) {
  IdPool pool;
  const std::uint32_t first = pool.take().value();
  pool.drop(first);
  for (std::uint32_t expected = 3; expected <= kMaxPid; ++expected) {
    const std::uint32_t id = pool.take().value();
    ASSERT_EQ(id, expected);
    pool.drop(id);
  }
  EXPECT_EQ(pool.take(), IdPool::kReserved);
}

TEST(IdPool, ANumberThatIsStillAGroupStaysTaken) {
  IdPool pool;
  const std::uint32_t leader = pool.take().value();
  pool.hold(leader);
  pool.drop(leader);
  for (std::uint32_t round = 0; round < 2 * kMaxPid; ++round) {
    const std::uint32_t id = pool.take().value();
    ASSERT_NE(id, leader);
    pool.drop(id);
  }
}

TEST(IdPool, FailsWhenEveryNumberHasAHolder) {
  IdPool pool;
  for (std::uint32_t count = 2; count <= kMaxPid; ++count)
    ASSERT_TRUE(pool.take().has_value());
  EXPECT_EQ(pool.take(), std::nullopt);
  pool.drop(4242);
  EXPECT_EQ(pool.take(), 4242U);
}

}  // namespace
}  // namespace lind::rawposix
