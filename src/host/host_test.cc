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
#include "host/page_map.h"
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

TEST(Memfd, FindsDataAroundWhatIsKnown) {
  const UniqueFd file = create_memfd("test", 1 * kGiB).value();
  Mapping mapping = Mapping::reserve(1 * kMiB, kHostPageSize).value();
  ASSERT_TRUE(
      mapping.map_file(0, 1 * kMiB, PageAccess::kReadWrite, Sharing::kShared, file, 0).ok());
  for (const std::size_t page : std::initializer_list<std::size_t>{0, 4, 5, 6, 9, 20}) {
    mapping.data()[page * kHostPageSize] = std::byte{1};
  }
  const auto pages = [](std::uint64_t start, std::uint64_t end) {
    return Extent{start * kHostPageSize, end * kHostPageSize};
  };
  const std::vector<Extent> known{pages(2, 3), pages(5, 6), pages(12, 14)};
  EXPECT_THAT(data_extents(file, {0, 1 * kGiB}, known),
              testing::ElementsAre(pages(0, 1), pages(2, 3), pages(4, 7), pages(9, 10),
                                   pages(12, 14), pages(20, 21)));
  EXPECT_THAT(data_extents(file, pages(5, 13), known),
              testing::ElementsAre(pages(5, 7), pages(9, 10), pages(12, 13)));
  EXPECT_THAT(data_extents(file, pages(14, 20), known), testing::IsEmpty());
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

class PageMapTest : public testing::TestWithParam<PageMap::Method> {};

TEST_P(PageMapTest, FindsWhatAPrivateMappingNoLongerSharesWithItsFile) {
  const PageMap map = PageMap::open(GetParam());
  if (map.method() != GetParam()) GTEST_SKIP() << "this kernel has only an older method";
  constexpr std::uint64_t kPages = 1500;  // more than one step of either method
  const UniqueFd file = create_memfd("test", kPages * kHostPageSize).value();
  Mapping mapping = Mapping::reserve(kPages * kHostPageSize, kHostPageSize).value();
  const std::uint64_t half = kPages / 2 * kHostPageSize;
  ASSERT_TRUE(mapping.map_file(0, half, PageAccess::kReadWrite, Sharing::kPrivate, file, 0).ok());
  ASSERT_TRUE(mapping.map_anonymous(half, half, PageAccess::kReadWrite).ok());
  EXPECT_TRUE(map.private_pages(mapping.bytes()).value().empty());
  std::vector<Extent> expected;
  for (std::uint64_t page = 1; page < kPages; page += 2) {
    const volatile std::byte read = mapping.data()[(page - 1) / 8 * kHostPageSize];
    mapping.data()[page * kHostPageSize] = static_cast<std::byte>(read) | std::byte{1};
    expected.push_back({page * kHostPageSize, (page + 1) * kHostPageSize});
  }
  EXPECT_TRUE(map.private_pages(mapping.bytes()).value() == expected);
  const std::uint64_t page = 5 * kHostPageSize;
  EXPECT_EQ(map.private_pages(mapping.bytes().subspan(page, kHostPageSize)).value(),
            (std::vector<Extent>{{0, kHostPageSize}}));
}

INSTANTIATE_TEST_SUITE_P(Methods, PageMapTest,
                         testing::Values(PageMap::Method::kRead, PageMap::Method::kScan));

TEST(PageMap, WithoutAMethodSaysSo) {
  EXPECT_EQ(PageMap::open(PageMap::Method::kNone).private_pages({}).error(), uapi::Errno::kENOSYS);
}

}  // namespace
}  // namespace lind::host
