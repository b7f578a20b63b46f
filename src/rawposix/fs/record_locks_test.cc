#include "rawposix/fs/record_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

/// A file on disk, opened by two guests and by a stranger.
class RecordLocksTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "record-locks-XXXXXX";
    first = adopt(::mkstemp(name.data()));
    second = adopt(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    stranger = host::UniqueFd(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    ::unlink(name.c_str());
    ASSERT_TRUE(stranger.valid());
  }

  static std::shared_ptr<OpenFile> adopt(int fd) {
    return make_open_file(host::UniqueFd(fd), OpenFile::Type::kRegular);
  }
  static RecordLock want(LockOwner owner, bool is_write, std::int64_t first, std::int64_t last) {
    return {
        .owner = owner, .pid = 7, .is_write = is_write, .range = {.first = first, .last = last}};
  }
  bool stranger_gets(std::int16_t type, std::int64_t start, std::int64_t length) const {
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    if (::fcntl(stranger.get(), F_OFD_SETLK, &lock) != 0) return false;
    lock.l_type = F_UNLCK;
    ::fcntl(stranger.get(), F_OFD_SETLK, &lock);
    return true;
  }

  const LockOwner one = new_lock_owner();
  const LockOwner two = new_lock_owner();
  std::shared_ptr<OpenFile> first, second;
  host::UniqueFd stranger;
  RecordLocks locks;
};

TEST_F(RecordLocksTest, KeepsOtherGuestsOut) {
  ASSERT_TRUE(locks.lock(*first, want(one, true, 0, 9), nullptr).ok());
  const Result<void> refused = locks.lock(*second, want(two, false, 5, 5), nullptr);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), uapi::Errno::kEAGAIN);
  EXPECT_TRUE(locks.lock(*second, want(two, true, 10, 10), nullptr).ok());
}

TEST_F(RecordLocksTest, KeepsStrangersOut) {
  ASSERT_TRUE(locks.lock(*first, want(one, true, 0, 9), nullptr).ok());
  EXPECT_FALSE(stranger_gets(F_RDLCK, 9, 1));
  EXPECT_TRUE(stranger_gets(F_WRLCK, 10, 1));
  locks.unlock(*first, one, {.first = 0, .last = 4});
  EXPECT_TRUE(stranger_gets(F_WRLCK, 0, 5));
  EXPECT_FALSE(stranger_gets(F_WRLCK, 5, 1));
}

TEST_F(RecordLocksTest, IsKeptOutByStrangers) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 3;
  lock.l_len = 1;
  ASSERT_EQ(::fcntl(stranger.get(), F_OFD_SETLK, &lock), 0);
  EXPECT_FALSE(locks.lock(*first, want(one, false, 0, 9), nullptr).ok());
  const auto conflict = locks.find_conflict(*first, want(one, false, 0, 9));
  ASSERT_TRUE(conflict.ok() && conflict.value().has_value());
  EXPECT_EQ(conflict.value()->range.first, 3);
  EXPECT_EQ(conflict.value()->pid, RecordLocks::kNoPid);
  EXPECT_TRUE(locks.lock(*first, want(one, false, 0, 2), nullptr).ok());
}

TEST_F(RecordLocksTest, ReleasesOnlyWhatNobodyElseHolds) {
  ASSERT_TRUE(locks.lock(*first, want(one, false, 0, 9), nullptr).ok());
  ASSERT_TRUE(locks.lock(*second, want(two, false, 5, 14), nullptr).ok());
  ASSERT_TRUE(locks.lock(*second, want(two, true, 20, 29), nullptr).ok());
  locks.closed(*first, one);
  EXPECT_TRUE(stranger_gets(F_WRLCK, 0, 5));
  EXPECT_FALSE(stranger_gets(F_WRLCK, 5, 1));
  EXPECT_TRUE(stranger_gets(F_RDLCK, 5, 10));
  EXPECT_FALSE(stranger_gets(F_RDLCK, 20, 1));
  locks.release_all(two);
  EXPECT_TRUE(stranger_gets(F_WRLCK, 0, 0));
}

TEST_F(RecordLocksTest, CountsTheLocksOfAnOwner) {
  std::int64_t at = 0;
  Result<void> last{};
  while ((last = locks.lock(*first, want(one, true, at, at), nullptr)).ok() && at < 100000)
    at += 2;
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error(), uapi::Errno::kENOLCK);
  EXPECT_TRUE(locks.lock(*second, want(two, true, 1, 1), nullptr).ok());
}

}  // namespace
}  // namespace lind::rawposix
