#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <limits>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "host/errno.h"
#include "host/mapping.h"
#include "host/memfd.h"
#include "host/thread_pool.h"
#include "host/time.h"

namespace lind::host {
namespace {

TEST(Errno, KeepsNumbersAndHasAnAnswerForUnknownOnes) {
  EXPECT_EQ(to_errno(EINTR), uapi::Errno::kEINTR);
  EXPECT_EQ(to_errno(EHWPOISON), uapi::Errno::kEHWPOISON);
  EXPECT_EQ(to_errno(4000), uapi::Errno::kEIO);
  EXPECT_EQ(to_errno(0), uapi::Errno::kEIO);
}

TEST(Errno, ReadsRawResults) {
  EXPECT_EQ(from_syscall(-4096).value(), -4096);
  EXPECT_EQ(from_syscall(-EBADF).error(), uapi::Errno::kEBADF);
  EXPECT_EQ(from_syscall(7).value(), 7);
}

TEST(Time, DeadlineSaturates) {
  EXPECT_EQ(deadline_after(std::numeric_limits<std::int64_t>::max()),
            std::numeric_limits<std::int64_t>::max());
}

TEST(Mapping, ReservesAlignedAndZeroFills) {
  Mapping mapping = Mapping::reserve(1 * kMiB, 2 * kMiB).value();
  ASSERT_TRUE(mapping.map_anonymous(kHostPageSize, kHostPageSize, PageAccess::kReadWrite).ok());
  std::byte& byte = mapping.data()[kHostPageSize + 5];
  EXPECT_EQ(byte, std::byte{0});
  byte = std::byte{9};
  mapping.discard(kHostPageSize, kHostPageSize);
  EXPECT_EQ(byte, std::byte{0});
}

TEST(Memfd, ListsAndFreesData) {
  const UniqueFd file = create_memfd("test", 1 * kGiB).value();
  Mapping mapping = Mapping::reserve(1 * kMiB, kHostPageSize).value();
  ASSERT_TRUE(
      mapping.map_file(0, 1 * kMiB, PageAccess::kReadWrite, Sharing::kShared, file, 0).ok());
  mapping.data()[0] = std::byte{1};
  mapping.data()[5 * kHostPageSize] = std::byte{1};
  mapping.data()[6 * kHostPageSize] = std::byte{1};
  EXPECT_THAT(
      data_extents(file, {0, 1 * kGiB}),
      testing::ElementsAre(Extent{0, kHostPageSize}, Extent{5 * kHostPageSize, 7 * kHostPageSize}));
  punch_hole(file, {0, 6 * kHostPageSize});
  EXPECT_THAT(data_extents(file, {0, 1 * kGiB}),
              testing::ElementsAre(Extent{6 * kHostPageSize, 7 * kHostPageSize}));
  EXPECT_EQ(mapping.data()[0], std::byte{0});
}

TEST(ThreadPool, RunsJobsThatStartJobsAndJoinsThemAll) {
  std::atomic<int> done{0};
  {
    ThreadPool pool;
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(pool.run([&] {
                        ++done;
                        ASSERT_TRUE(pool.run([&] { ++done; }).ok());
                      })
                      .ok());
    }
  }
  EXPECT_EQ(done, 40);
}

}  // namespace
}  // namespace lind::host
