// Forks of memories that are too large to copy: freeze, thaw, and everything that happens between.
// Runs once with each way to find private pages (LIND_PAGEMAP).

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "host/memfd.h"
#include "host/page_map.h"
#include "runtime/address_space.h"
#include "runtime/thread.h"

namespace lind::runtime {
namespace {

using Space = std::shared_ptr<AddressSpace>;

constexpr std::uint64_t kStart = kWasmPageSize;
constexpr std::uint64_t kPages = 6 * kMiB / kWasmPageSize;  // above the eager threshold
constexpr std::uint64_t kEnd = kPages * kWasmPageSize;
constexpr std::uint32_t kFault = 0xdeaddead;
constexpr Protection kReadWrite{.read = true, .write = true};
constexpr Protection kReadOnly{.read = true, .write = false};
constexpr Protection kNothing{};
constexpr auto kNone = OtherWriters::kNone;
constexpr auto kPossible = OtherWriters::kPossible;

bool put(AddressSpace& space, std::uint64_t at, std::uint32_t value) {
  return space.copy_out(GuestAddr{at}, std::as_bytes(std::span(&value, 1))).ok();
}
std::uint32_t get(const AddressSpace& space, std::uint64_t at) {
  std::uint32_t value = 0;
  const bool ok = space.copy_in(std::as_writable_bytes(std::span(&value, 1)), GuestAddr{at}).ok();
  return ok ? value : kFault;
}
Space fork(const Space& parent, OtherWriters writers = kNone) {
  return parent->fork(writers).value();
}

class ForkMemoryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialize_runtime().ok()); }
  void SetUp() override {
    if (host::PageMap::instance().method() == host::PageMap::Method::kNone) {
      GTEST_SKIP() << "memories are always copied";
    }
  }

  // Every page holds its own number.
  static Space make_full() {
    Space space = AddressSpace::create({.initial_pages = kPages}).value();
    for (std::uint64_t at = kStart; at < kEnd; at += kHostPageSize)
      EXPECT_TRUE(put(*space, at, number(at)));
    return space;
  }
  static std::uint32_t number(std::uint64_t at) {
    return static_cast<std::uint32_t>(at / kHostPageSize);
  }
  // Whether the page at `at` is mapped MAP_SHARED.
  static bool is_shared(const AddressSpace& space, std::uint64_t at) {
    const auto address = std::bit_cast<std::uint64_t>(space.base() + at);
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      std::uint64_t start = 0;
      std::uint64_t end = 0;
      std::array<char, 5> flags{};
      if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s", &start, &end, flags.data()) != 3)
        continue;
      if (address >= start && address < end) return flags[3] == 's';
    }
    return false;
  }
};

TEST_F(ForkMemoryTest, LargeMemoriesAreSharedUntilOneSideWrites) {
  const Space parent = make_full();
  EXPECT_TRUE(is_shared(*parent, kStart));
  Space child = fork(parent);
  EXPECT_FALSE(is_shared(*parent, kStart));
  EXPECT_FALSE(is_shared(*child, kStart));
  EXPECT_TRUE(put(*parent, kStart, 1000));
  EXPECT_TRUE(put(*child, kStart, 2000));
  EXPECT_TRUE(put(*child, kEnd - kHostPageSize, 2001));
  EXPECT_EQ(get(*parent, kStart), 1000U);
  EXPECT_EQ(get(*child, kStart), 2000U);
  EXPECT_EQ(get(*parent, kEnd - kHostPageSize), number(kEnd - kHostPageSize));
  parent->thaw();
  EXPECT_FALSE(is_shared(*parent, kStart)) << "the child still needs the pages";
  child.reset();
  parent->thaw();
  EXPECT_TRUE(is_shared(*parent, kStart));
  EXPECT_EQ(get(*parent, kStart), 1000U);
  for (std::uint64_t at = kStart + kHostPageSize; at < kEnd; at += kHostPageSize)
    ASSERT_EQ(get(*parent, at), number(at));
}

TEST_F(ForkMemoryTest, SmallMemoriesAreCopied) {
  const Space parent = AddressSpace::create({.initial_pages = 2}).value();
  const Space child = fork(parent);
  EXPECT_TRUE(is_shared(*parent, kStart));
  EXPECT_TRUE(is_shared(*child, kStart));
}

TEST_F(ForkMemoryTest, SiblingsAndGrandchildrenSeeTheirForksMoment) {
  Space parent = make_full();
  std::vector<Space> children;
  for (std::uint32_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(put(*parent, kStart, 100 + i));
    children.push_back(fork(parent));
  }
  Space grandchild;
  ASSERT_TRUE(put(*children[2], kStart + kHostPageSize, 7));
  grandchild = fork(children[2]);
  parent.reset();
  for (std::uint32_t i = 0; i < 5; ++i)
    EXPECT_EQ(get(*children[i], kStart), 100 + i);
  EXPECT_EQ(get(*grandchild, kStart), 102U);
  EXPECT_EQ(get(*grandchild, kStart + kHostPageSize), 7U);
  children.clear();
  grandchild->thaw();
  EXPECT_TRUE(is_shared(*grandchild, kStart)) << "the only one left owns the pages";
  EXPECT_EQ(get(*grandchild, kStart), 102U);
  EXPECT_EQ(get(*grandchild, kEnd - kHostPageSize), number(kEnd - kHostPageSize));
  const Space next = fork(grandchild);
  EXPECT_EQ(get(*next, kStart + kHostPageSize), 7U);
}

TEST_F(ForkMemoryTest, ForkThawsASoleUserOnlyWithoutOtherWriters) {
  const Space parent = make_full();
  fork(parent).reset();
  ASSERT_TRUE(put(*parent, kStart, 5));
  const Space first = fork(parent, kPossible);
  ASSERT_TRUE(put(*parent, kStart, 6));
  EXPECT_EQ(get(*first, kStart), 5U);
  const Space second = fork(parent, kNone);
  EXPECT_EQ(get(*second, kStart), 6U);
  EXPECT_EQ(get(*first, kStart), 5U);
}

TEST_F(ForkMemoryTest, FreshAndDroppedPagesAreZeroWhateverTheFileHolds) {
  const Space parent = make_full();
  Space child = fork(parent);
  constexpr std::uint64_t kHole = kStart + 8 * kHostPageSize;
  using Place = AddressSpace::MapRequest::Place;
  for (const Space& space : {parent, child}) {
    ASSERT_TRUE(put(*space, kStart, 1));
    ASSERT_TRUE(space->discard(GuestAddr{kStart}, 2 * kHostPageSize).ok());
    EXPECT_EQ(get(*space, kStart), 0U);
    EXPECT_EQ(get(*space, kStart + kHostPageSize), 0U);
    EXPECT_EQ(get(*space, kStart + 2 * kHostPageSize), number(kStart + 2 * kHostPageSize));
    ASSERT_TRUE(space->unmap(GuestAddr{kHole}, 4 * kHostPageSize).ok());
    EXPECT_EQ(get(*space, kHole), kFault);
    ASSERT_TRUE(space
                    ->map({.hint = kHole,
                           .num_bytes = 2 * kHostPageSize,
                           .protection = kReadWrite,
                           .place = Place::kFixedNoReplace})
                    .ok());
    EXPECT_EQ(get(*space, kHole), 0U);
    EXPECT_TRUE(put(*space, kHole + kHostPageSize, 9));
  }
  const Space grandchild = fork(child);
  for (const Space& space : {parent, child, grandchild}) {
    EXPECT_EQ(get(*space, kStart), 0U);
    EXPECT_EQ(get(*space, kHole), 0U);
    EXPECT_EQ(get(*space, kHole + kHostPageSize), 9U);
    EXPECT_EQ(get(*space, kHole + 2 * kHostPageSize), kFault);
  }
  child.reset();
  const Space last = fork(grandchild);
  EXPECT_EQ(get(*last, kHole + kHostPageSize), 9U);
}

TEST_F(ForkMemoryTest, ThawKeepsZerosAndLeavesNothingForTheNextOwnerOfARange) {
  const Space parent = make_full();
  fork(parent).reset();
  ASSERT_TRUE(parent->discard(GuestAddr{kStart}, kHostPageSize).ok());
  constexpr std::uint64_t kGone = kStart + 4 * kHostPageSize;
  ASSERT_TRUE(parent->unmap(GuestAddr{kGone}, kHostPageSize).ok());
  parent->thaw();
  EXPECT_TRUE(is_shared(*parent, kStart));
  EXPECT_EQ(get(*parent, kStart), 0U);
  ASSERT_TRUE(parent
                  ->map({.hint = kGone,
                         .num_bytes = kHostPageSize,
                         .protection = kReadWrite,
                         .place = AddressSpace::MapRequest::Place::kFixedNoReplace})
                  .ok());
  EXPECT_EQ(get(*parent, kGone), 0U);
}

TEST_F(ForkMemoryTest, ProtectionsOutliveFreezeAndThaw) {
  const Space parent = make_full();
  constexpr std::uint64_t kSealed = kStart + 16 * kHostPageSize;
  constexpr std::uint64_t kClosed = kStart + 32 * kHostPageSize;
  ASSERT_TRUE(parent->protect(GuestAddr{kSealed}, kHostPageSize, kReadOnly).ok());
  ASSERT_TRUE(parent->protect(GuestAddr{kClosed}, kHostPageSize, kNothing).ok());
  Space first = fork(parent);
  // Private pages that nobody may read or write now.
  for (const std::uint64_t at : {kSealed, kClosed}) {
    ASSERT_TRUE(parent->protect(GuestAddr{at}, kHostPageSize, kReadWrite).ok());
    ASSERT_TRUE(put(*parent, at, 77));
    ASSERT_TRUE(parent->protect(GuestAddr{at}, kHostPageSize, kNothing).ok());
  }
  const auto check = [](AddressSpace& space, std::uint32_t value) {
    for (const std::uint64_t at : {kSealed, kClosed}) {
      EXPECT_FALSE(put(space, at, 1));
      ASSERT_TRUE(space.protect(GuestAddr{at}, kHostPageSize, kReadOnly).ok());
      EXPECT_EQ(get(space, at), value);
      EXPECT_FALSE(put(space, at, 1));
      ASSERT_TRUE(space.protect(GuestAddr{at}, kHostPageSize, kNothing).ok());
      EXPECT_EQ(get(space, at), kFault);
    }
  };
  Space second = fork(parent);
  EXPECT_EQ(get(*first, kSealed), number(kSealed));
  EXPECT_EQ(get(*first, kClosed), kFault);
  check(*second, 77);
  first.reset();
  second.reset();
  parent->thaw();
  EXPECT_TRUE(is_shared(*parent, kStart));
  check(*parent, 77);
}

TEST_F(ForkMemoryTest, SharedMappingsStaySharedAndFilesKeepTheirSemantics) {
  const Space parent = make_full();
  const auto file =
      std::make_shared<host::UniqueFd>(host::create_memfd("test", kHostPageSize).value());
  const auto map = [&](Backing backing) {
    return to_u64(parent
                      ->map({.num_bytes = kHostPageSize,
                             .protection = kReadWrite,
                             .backing = backing,
                             .file = backing == Backing::kSharedAnon ? nullptr : file})
                      .value());
  };
  const std::uint64_t anon = map(Backing::kSharedAnon);
  const std::uint64_t shared = map(Backing::kSharedFile);
  const std::uint64_t priv = map(Backing::kPrivateFile);
  ASSERT_TRUE(put(*parent, priv, 3));
  Space child = fork(parent);
  ASSERT_TRUE(put(*child, anon, 4) && put(*child, shared, 5) && put(*child, priv, 6));
  EXPECT_EQ(get(*parent, anon), 4U);
  EXPECT_EQ(get(*parent, shared), 5U);
  EXPECT_EQ(get(*parent, priv), 3U);
  child.reset();
  parent->thaw();
  EXPECT_EQ(get(*parent, anon), 4U);
  EXPECT_EQ(get(*parent, priv), 3U);
  EXPECT_TRUE(is_shared(*parent, kStart));
}

TEST_F(ForkMemoryTest, AChildThatWritesMuchGetsACopyOfItsOwn) {
  Space parent = make_full();
  ASSERT_TRUE(
      parent->protect(GuestAddr{kStart + 40 * kHostPageSize}, kHostPageSize, kNothing).ok());
  const Space child = fork(parent);
  ASSERT_TRUE(child->discard(GuestAddr{kStart + 50 * kHostPageSize}, kHostPageSize).ok());
  ASSERT_TRUE(put(*child, kStart, 7));
  child->unshare();
  EXPECT_TRUE(child->is_frozen()) << "one page is not much";
  for (std::uint64_t page = 60; page < 260; ++page)
    ASSERT_TRUE(put(*child, kStart + page * kHostPageSize, 8));
  ASSERT_TRUE(put(*parent, kStart, 9));
  child->unshare();
  EXPECT_FALSE(child->is_frozen());
  EXPECT_TRUE(is_shared(*child, kStart));
  EXPECT_EQ(get(*child, kStart), 7U);
  EXPECT_EQ(get(*child, kStart + 40 * kHostPageSize), kFault);
  EXPECT_EQ(get(*child, kStart + 50 * kHostPageSize), 0U);
  EXPECT_EQ(get(*child, kStart + 70 * kHostPageSize), 8U);
  EXPECT_EQ(get(*child, kEnd - kHostPageSize), number(kEnd - kHostPageSize));
  ASSERT_TRUE(
      child->protect(GuestAddr{kStart + 40 * kHostPageSize}, kHostPageSize, kReadOnly).ok());
  EXPECT_EQ(get(*child, kStart + 40 * kHostPageSize), number(kStart + 40 * kHostPageSize));

  EXPECT_TRUE(parent->can_thaw()) << "the child has left the pages to it";
  parent->thaw();
  EXPECT_TRUE(is_shared(*parent, kStart));
  EXPECT_EQ(get(*parent, kStart), 9U);
  EXPECT_EQ(get(*parent, kStart + 70 * kHostPageSize), number(kStart + 70 * kHostPageSize));
  parent.reset();
  const Space grandchild = fork(child);
  EXPECT_EQ(get(*grandchild, kStart + 70 * kHostPageSize), 8U);
}

TEST_F(ForkMemoryTest, AForkCopiesWhenTheLastChildWroteMuch) {
  const Space parent = make_full();
  const auto fork_and_write = [&](std::uint64_t pages) {
    const Space child = fork(parent);
    const bool is_copy = is_shared(*child, kStart);
    for (std::uint64_t i = 0; i < pages; ++i)
      EXPECT_TRUE(put(*child, kStart + i * kHostPageSize, 5));
    child->note_faults(pages);
    return is_copy;
  };
  constexpr std::uint64_t kAll = (kEnd - kStart) / kHostPageSize;
  EXPECT_FALSE(fork_and_write(3));
  EXPECT_FALSE(fork_and_write(kAll));
  int num_copies = 0;
  for (int i = 0; i < 32; ++i)
    num_copies += fork_and_write(kAll) ? 1 : 0;
  EXPECT_EQ(num_copies, 30) << "one in sixteen looks whether it is still so";
  while (fork_and_write(3))
    continue;
  EXPECT_FALSE(fork_and_write(3));
  EXPECT_EQ(get(*parent, kStart), number(kStart));
}

// Forks, deaths, thaws and every change of a mapping in random order, against a model.
TEST_F(ForkMemoryTest, AnyOrderOfEventsAgreesWithAModel) {
  struct Cage {
    Space space;
    std::map<std::uint64_t, std::uint32_t> pages;  // of the window; absent: not mapped
  };
  constexpr std::uint64_t kWindow = 256;  // more than unshare asks for
  std::mt19937 random(20260131);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  Cage first{make_full(), {}};
  for (std::uint64_t i = 0; i < kWindow; ++i)
    first.pages[i] = number(kStart + i * kHostPageSize);
  std::vector<Cage> cages = {first};
  first = {};
  for (std::uint32_t step = 1; step < 6000; ++step) {
    const std::uint64_t chosen = below(cages.size());
    Cage& cage = cages[chosen];
    const std::uint64_t page = below(kWindow);
    const std::uint64_t num = 1 + below(std::min<std::uint64_t>(6, kWindow - page));
    const GuestAddr at{kStart + page * kHostPageSize};
    const std::uint64_t bytes = num * kHostPageSize;
    SCOPED_TRACE(step);
    switch (below(11)) {
      case 0:
        if (cages.size() < 6) {
          cages.push_back({fork(cage.space, below(2) == 0 ? kNone : kPossible), cage.pages});
        }
        break;
      case 1:
        if (cages.size() > 1) cages.erase(cages.begin() + static_cast<std::ptrdiff_t>(chosen));
        break;
      case 2:
        cage.space->thaw();
        break;
      case 7:
        cage.space->unshare();
        break;
      case 3:
        ASSERT_TRUE(cage.space->unmap(at, bytes).ok());
        for (std::uint64_t i = 0; i < num; ++i)
          cage.pages.erase(page + i);
        break;
      case 4:
        ASSERT_TRUE(cage.space
                        ->map({.hint = to_u64(at),
                               .num_bytes = bytes,
                               .protection = kReadWrite,
                               .place = AddressSpace::MapRequest::Place::kFixed})
                        .ok());
        for (std::uint64_t i = 0; i < num; ++i)
          cage.pages[page + i] = 0;
        break;
      case 5:
        (void)cage.space->discard(at, bytes).ok();  // ENOMEM where a hole is
        for (std::uint64_t i = 0; i < num; ++i) {
          if (cage.pages.contains(page + i)) cage.pages[page + i] = 0;
        }
        break;
      case 6: {
        // Away and back again: the content moves along.
        if (!cage.pages.contains(page)) break;
        const auto moved = cage.space->remap(at, kHostPageSize, 2 * kHostPageSize,
                                             AddressSpace::MoveAllowed::kYes);
        if (!moved.ok() || to_u64(moved.value()) == to_u64(at)) {
          if (moved.ok()) cage.pages[page + 1] = 0;
          break;
        }
        EXPECT_EQ(get(*cage.space, to_u64(moved.value())), cage.pages[page]);
        EXPECT_EQ(get(*cage.space, to_u64(moved.value()) + kHostPageSize), 0U);
        ASSERT_TRUE(cage.space->unmap(moved.value(), 2 * kHostPageSize).ok());
        cage.pages.erase(page);
        break;
      }
      default:
        if (!cage.pages.contains(page)) break;
        ASSERT_TRUE(put(*cage.space, to_u64(at), step + 100000));
        cage.pages[page] = step + 100000;
    }
    if (step % 50 != 0) continue;
    for (const Cage& each : cages) {
      for (std::uint64_t i = 0; i < kWindow; ++i) {
        const auto found = each.pages.find(i);
        const std::uint32_t expected = found == each.pages.end() ? kFault : found->second;
        ASSERT_EQ(get(*each.space, kStart + i * kHostPageSize), expected) << "page " << i;
      }
      ASSERT_EQ(get(*each.space, kEnd - kHostPageSize), number(kEnd - kHostPageSize));
    }
  }
}

// Another thread stores counters upwards through all freezes; none may go back.
TEST_F(ForkMemoryTest, StoresOfOtherThreadsSurviveEveryFork) {
  const Space parent = make_full();
  std::atomic<bool> is_done{false};
  std::atomic<std::uint32_t> num_lost{0};
  std::thread writer([&] {
    std::uint32_t round = 1;
    while (!is_done) {
      for (std::uint64_t i = 0; i < 16; ++i) {
        const std::uint64_t at = kStart + i * 5 * kHostPageSize;
        if (round > 1 && get(*parent, at) != round - 1) ++num_lost;
        if (!put(*parent, at, round)) ++num_lost;
      }
      ++round;
    }
  });
  for (int i = 0; i < 300; ++i) {
    const Space child = fork(parent, kPossible);
    const std::uint32_t seen = get(*child, kStart);
    EXPECT_EQ(get(*child, kStart), seen) << "the parent's stores end at the fork";
    EXPECT_TRUE(put(*child, kStart, 1));
  }
  is_done = true;
  writer.join();
  EXPECT_EQ(num_lost, 0U);
}

}  // namespace
}  // namespace lind::runtime
