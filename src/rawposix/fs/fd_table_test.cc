#include "rawposix/fs/fd_table.h"

#include <thread>

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

using uapi::Errno;

std::shared_ptr<OpenFile> file(OpenFile::Type type = OpenFile::Type::kOther) {
  return make_open_file(host::UniqueFd(), type);
}

std::int32_t open_one(FdTable& table, std::int32_t lowest = 0, bool close_on_exec = false) {
  Result<FdSlot> slot = table.reserve(lowest);
  if (!slot.ok()) return -static_cast<std::int32_t>(slot.error());
  slot.value().install(file(), close_on_exec);
  return to_i32(slot.value().fd());
}

TEST(FdTable, GivesTheLowestFreeNumber) {
  FdTable table;
  EXPECT_EQ(open_one(table), 0);
  EXPECT_EQ(open_one(table), 1);
  EXPECT_EQ(open_one(table), 2);
  EXPECT_TRUE(table.close(Fd{1}).ok());
  EXPECT_EQ(open_one(table, 2), 3);
  EXPECT_EQ(open_one(table), 1);
  EXPECT_EQ(open_one(table), 4);
  EXPECT_EQ(open_one(table, 10), 10);
  EXPECT_EQ(open_one(table), 5);
}

TEST(FdTable, ReservationsAreInvisibleAndGivenBack) {
  FdTable table;
  {
    const FdSlot slot = table.reserve().value();
    EXPECT_EQ(table.get(slot.fd()).error(), Errno::kEBADF);
    EXPECT_EQ(table.close(slot.fd()).error(), Errno::kEBADF);
    EXPECT_EQ(open_one(table), 1);
  }
  EXPECT_EQ(open_one(table), 0);
}

TEST(FdTable, AFullTableIsEmfileAndStaysUsable) {
  FdTable table(3);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(open_one(table), i);
  EXPECT_EQ(table.reserve().error(), Errno::kEMFILE);
  EXPECT_EQ(table.reserve(2).error(), Errno::kEMFILE);
  EXPECT_EQ(table.reserve(3).error(), Errno::kEINVAL);
  EXPECT_EQ(table.reserve(-1).error(), Errno::kEINVAL);
  EXPECT_TRUE(table.close(Fd{1}).ok());
  EXPECT_EQ(open_one(table), 1);
}

TEST(FdTable, NumbersOutsideTheTableAreBad) {
  FdTable table(8);
  for (const std::int32_t number : {-1, 8, 9, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(table.get(Fd{number}).error(), Errno::kEBADF) << number;
    EXPECT_EQ(table.close(Fd{number}).error(), Errno::kEBADF) << number;
    EXPECT_EQ(table.replace(Fd{number}, file(), false).error(), Errno::kEBADF) << number;
    EXPECT_EQ(table.close_on_exec(Fd{number}).error(), Errno::kEBADF) << number;
    EXPECT_EQ(table.set_close_on_exec(Fd{number}, true).error(), Errno::kEBADF) << number;
  }
  EXPECT_TRUE(table.replace(Fd{7}, file(), false).ok());
}

TEST(FdTable, ReplaceClosesTheOldAndRefusesAReservedNumber) {
  FdTable table;
  const FdSlot reserved = table.reserve().value();
  EXPECT_EQ(table.replace(reserved.fd(), file(), false).error(), Errno::kEBUSY);
  EXPECT_EQ(open_one(table), 1);
  const std::weak_ptr<OpenFile> old = table.get(Fd{1}).value();
  EXPECT_TRUE(table.replace(Fd{1}, file(OpenFile::Type::kPipe), true).ok());
  EXPECT_TRUE(old.expired());
  EXPECT_EQ(table.get(Fd{1}).value()->type(), OpenFile::Type::kPipe);
  EXPECT_TRUE(table.close_on_exec(Fd{1}).value());
}

TEST(FdTable, ExecClosesWhatIsMarked) {
  FdTable table;
  for (int i = 0; i < 4; ++i)
    open_one(table, 0, i % 2 == 1);
  table.mark_range(2, 2);
  table.close_marked();
  EXPECT_TRUE(table.get(Fd{0}).ok());
  for (const std::int32_t number : {1, 2, 3})
    EXPECT_FALSE(table.get(Fd{number}).ok()) << number;
}

TEST(FdTable, CloseRangeTakesAnyBounds) {
  FdTable table;
  for (int i = 0; i < 5; ++i)
    open_one(table);
  table.close_range(3, 0xffffffff);
  table.close_range(7, 9);
  EXPECT_TRUE(table.get(Fd{2}).ok());
  EXPECT_FALSE(table.get(Fd{3}).ok());
  EXPECT_EQ(open_one(table), 3);
}

TEST(FdTable, ACopySharesFilesButNotReservations) {
  FdTable table(5);
  const FdSlot reserved = table.reserve().value();
  open_one(table, 0, true);
  const std::shared_ptr<FdTable> child = table.copy();
  EXPECT_EQ(child->get(Fd{1}).value(), table.get(Fd{1}).value());
  EXPECT_TRUE(child->close_on_exec(Fd{1}).value());
  EXPECT_EQ(open_one(*child), 0);
  EXPECT_EQ(child->limit(), 5U);
  child->close_all();
  EXPECT_TRUE(table.get(Fd{1}).ok());
}

TEST(FdTable, TheLimitIsCapped) {
  FdTable table;
  table.set_limit(0xffffffff);
  EXPECT_EQ(table.limit(), FdTable::kMaxLimit);
  EXPECT_EQ(table.replace(Fd{static_cast<std::int32_t>(FdTable::kMaxLimit)}, file(), false).error(),
            Errno::kEBADF);
}

// For the thread sanitizer, and for the count: each file is closed once.
TEST(FdTable, ConcurrentOpensAndClosesLoseNothing) {
  FdTable table(64);
  const auto work = [&table] {
    for (int i = 0; i < 2000; ++i) {
      const std::int32_t number = open_one(table);
      if (number < 0) continue;
      const auto held = table.get(Fd{number});
      (void)table.close(Fd{number});  // another thread may have been faster
    }
  };
  {
    const std::jthread first(work);
    const std::jthread second(work);
  }
  table.close_range(0, 63);
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(open_one(table), i);
}

}  // namespace
}  // namespace lind::rawposix
