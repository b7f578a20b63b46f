#include "runtime/address_space.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "host/memfd.h"
#include "runtime/thread.h"

namespace lind::runtime {
namespace {

using uapi::Errno;

constexpr std::uint64_t kTop = vmabi::kGuestAddressBytes - vmabi::kHighGuardBytes;
constexpr Protection kReadWrite{.read = true, .write = true};
constexpr Protection kReadOnly{.read = true, .write = false};
constexpr Protection kNothing{};

class AddressSpaceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialize_runtime().ok()); }

  static std::shared_ptr<AddressSpace> make(std::uint64_t pages) {
    return AddressSpace::create({.initial_pages = pages}).value();
  }
  static std::shared_ptr<AddressSpace> make_wasm(std::uint64_t pages, std::uint64_t max) {
    return AddressSpace::create(
               {.kind = AddressSpace::Kind::kWasm, .initial_pages = pages, .max_pages = max})
        .value();
  }
  static Result<void> put(AddressSpace& space, std::uint64_t at, std::uint32_t value) {
    return space.copy_out(GuestAddr{at}, std::as_bytes(std::span(&value, 1)));
  }
  static std::uint32_t get(AddressSpace& space, std::uint64_t at) {
    std::uint32_t value = 0;
    if (!space.copy_in(std::as_writable_bytes(std::span(&value, 1)), GuestAddr{at}).ok()) {
      return 0xdeaddead;
    }
    return value;
  }
  static std::uint64_t map(AddressSpace& space, std::uint64_t num_bytes,
                           Protection protection = kReadWrite) {
    return to_u64(space.map({.num_bytes = num_bytes, .protection = protection}).value());
  }
};

TEST_F(AddressSpaceTest, RefusesRangesThatWrapOrEndOutside) {
  const auto space = make(2);
  constexpr std::uint64_t kEnd = 2 * kWasmPageSize;
  struct Case {
    std::uint64_t start;
    std::uint64_t num_bytes;
    bool ok;
  };
  const Case cases[] = {
      {kWasmPageSize, 4, true},
      {kEnd - 4, 4, true},
      {kEnd - 3, 4, false},
      {kEnd, 0, true},
      {kEnd, 1, false},
      {0, 1, false},
      {0, 0, true},
      {kWasmPageSize - 1, 1, false},
      {kTop, 1, false},
      {vmabi::kGuestAddressBytes, 0, true},
      {vmabi::kGuestAddressBytes, 1, false},
      {vmabi::kGuestAddressBytes + 1, 0, false},
      {~std::uint64_t{0}, 2, false},
      {kWasmPageSize, ~std::uint64_t{0}, false},
  };
  std::array<std::byte, 16> bytes{};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.start);
    EXPECT_EQ(space->fill(GuestAddr{c.start}, std::byte{1}, c.num_bytes).ok(), c.ok);
    if (c.num_bytes > bytes.size()) continue;
    EXPECT_EQ(space->copy_in(std::span(bytes).first(c.num_bytes), GuestAddr{c.start}).ok(), c.ok);
    EXPECT_EQ(space->copy_out(GuestAddr{c.start}, std::span(bytes).first(c.num_bytes)).ok(), c.ok);
  }
}

TEST_F(AddressSpaceTest, CopiesEverySizeWithoutTouchingNeighbours) {
  const auto space = make(2);
  std::vector<std::byte> source(700);
  for (std::size_t i = 0; i < source.size(); ++i)
    source[i] = static_cast<std::byte>(i * 7 + 1);
  for (std::size_t size = 0; size <= 600; ++size) {
    ASSERT_TRUE(space->fill(GuestAddr{kWasmPageSize}, std::byte{0xee}, 800).ok());
    ASSERT_TRUE(space->copy_out(GuestAddr{kWasmPageSize + 8}, std::span(source).first(size)).ok());
    std::vector<std::byte> back(size + 16);
    ASSERT_TRUE(space->copy_in(back, GuestAddr{kWasmPageSize}).ok());
    for (std::size_t i = 0; i < 8; ++i) {
      ASSERT_EQ(back[i], std::byte{0xee}) << size;
      ASSERT_EQ(back[size + 8 + i], std::byte{0xee}) << size;
    }
    ASSERT_TRUE(std::equal(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(size),
                           back.begin() + 8))
        << size;
  }
}

TEST_F(AddressSpaceTest, MovesOverlappingRangesBothWays) {
  const auto space = make(2);
  constexpr std::uint64_t kAt = kWasmPageSize;
  for (const std::uint64_t size : {1U, 3U, 8U, 15U, 16U, 17U, 31U, 64U, 255U, 300U, 1000U}) {
    for (const std::uint64_t shift : {1U, 5U, 8U, 15U, 16U, 40U}) {
      for (const bool up : {false, true}) {
        std::vector<std::byte> expected(1200);
        for (std::size_t i = 0; i < expected.size(); ++i)
          expected[i] = static_cast<std::byte>(i);
        ASSERT_TRUE(space->copy_out(GuestAddr{kAt}, expected).ok());
        const std::uint64_t from = up ? 0 : shift;
        const std::uint64_t to = up ? shift : 0;
        std::memmove(&expected[to], &expected[from], size);
        ASSERT_TRUE(space->move(GuestAddr{kAt + to}, GuestAddr{kAt + from}, size).ok());
        std::vector<std::byte> got(1200);
        ASSERT_TRUE(space->copy_in(got, GuestAddr{kAt}).ok());
        ASSERT_EQ(got, expected) << size << " " << shift << " " << up;
      }
    }
  }
}

TEST_F(AddressSpaceTest, FaultInTheMiddleOfACopyIsEfault) {
  const auto space = make(2);
  const std::uint64_t at = map(*space, 2 * kHostPageSize);
  ASSERT_TRUE(space->protect(GuestAddr{at + kHostPageSize}, kHostPageSize, kNothing).ok());
  std::array<std::byte, 64> bytes{};
  for (const std::uint64_t size : {2U, 4U, 8U, 12U, 16U, 17U, 64U}) {
    const GuestAddr start{at + kHostPageSize - size / 2};
    EXPECT_EQ(space->copy_in(std::span(bytes).first(size), start).error(), Errno::kEFAULT);
    EXPECT_EQ(space->copy_out(start, std::span(bytes).first(size)).error(), Errno::kEFAULT);
  }
  EXPECT_FALSE(space->fill(GuestAddr{at}, std::byte{1}, 2 * kHostPageSize).ok());
  EXPECT_FALSE(space->move(GuestAddr{at + 1}, GuestAddr{at}, 2 * kHostPageSize - 1).ok());
  ASSERT_TRUE(space->protect(GuestAddr{at}, 2 * kHostPageSize, kReadOnly).ok());
  EXPECT_TRUE(space->copy_in(bytes, GuestAddr{at + kHostPageSize - 8}).ok());
  EXPECT_FALSE(put(*space, at, 1).ok());
}

TEST_F(AddressSpaceTest, ReadsStringsUpToTheLastMappedByte) {
  const auto space = make(2);
  const std::string text(300, 'x');
  const std::uint64_t at = 2 * kWasmPageSize - 301;
  ASSERT_TRUE(space->copy_out(GuestAddr{at}, std::as_bytes(std::span(text))).ok());
  EXPECT_EQ(space->read_cstring(GuestAddr{at}, 4096).value(), text);
  EXPECT_EQ(space->read_cstring(GuestAddr{at}, 300).value(), text);
  EXPECT_EQ(space->read_cstring(GuestAddr{at}, 299).error(), Errno::kENAMETOOLONG);
  ASSERT_TRUE(space->fill(GuestAddr{at + 300}, std::byte{'y'}, 1).ok());
  EXPECT_EQ(space->read_cstring(GuestAddr{at}, 4096).error(), Errno::kEFAULT);
  EXPECT_EQ(space->read_cstring(GuestAddr{~std::uint64_t{0}}, 4096).error(), Errno::kEFAULT);
}

TEST_F(AddressSpaceTest, WordsAreAtomicAlignedAndMayFault) {
  const auto space = make(2);
  ASSERT_TRUE(put(*space, kWasmPageSize, 7).ok());
  EXPECT_EQ(space->load_word(GuestAddr{kWasmPageSize}).value(), 7U);
  EXPECT_EQ(space->compare_exchange_word(GuestAddr{kWasmPageSize}, 6, 9).value(), 7U);
  EXPECT_EQ(space->compare_exchange_word(GuestAddr{kWasmPageSize}, 7, 9).value(), 7U);
  EXPECT_EQ(get(*space, kWasmPageSize), 9U);
  EXPECT_EQ(space->load_word(GuestAddr{kWasmPageSize + 2}).error(), Errno::kEINVAL);
  EXPECT_EQ(space->load_word(GuestAddr{0}).error(), Errno::kEFAULT);
  EXPECT_EQ(space->compare_exchange_word(GuestAddr{0}, 0, 1).error(), Errno::kEFAULT);
  EXPECT_EQ(space->futex_word(GuestAddr{vmabi::kGuestAddressBytes}).error(), Errno::kEFAULT);
}

TEST_F(AddressSpaceTest, MapsTopDownAndRefusesWhatDoesNotFit) {
  const auto space = make(2);
  EXPECT_EQ(map(*space, 1), kTop - kHostPageSize);
  EXPECT_EQ(map(*space, kWasmPageSize), kTop - kHostPageSize - kWasmPageSize);
  struct Case {
    AddressSpace::MapRequest request;
    Errno error;
  };
  using Place = AddressSpace::MapRequest::Place;
  const Case cases[] = {
      {{.num_bytes = 0}, Errno::kEINVAL},
      {{.num_bytes = vmabi::kGuestAddressBytes}, Errno::kENOMEM},
      {{.num_bytes = ~std::uint64_t{0}}, Errno::kENOMEM},
      {{.hint = 1, .num_bytes = 1, .place = Place::kFixed}, Errno::kEINVAL},
      {{.hint = 0, .num_bytes = 1, .place = Place::kFixed}, Errno::kENOMEM},
      {{.hint = kTop, .num_bytes = 1, .place = Place::kFixed}, Errno::kENOMEM},
      {{.hint = kTop - kHostPageSize, .num_bytes = 2 * kHostPageSize, .place = Place::kFixed},
       Errno::kENOMEM},
      {{.hint = kTop - kHostPageSize, .num_bytes = 1, .place = Place::kFixedNoReplace},
       Errno::kEEXIST},
      {{.num_bytes = 1, .file_offset = 1}, Errno::kEINVAL},
  };
  for (const Case& c : cases)
    EXPECT_EQ(space->map(c.request).error(), c.error);
  // A hint that is taken is only a hint.
  EXPECT_NE(to_u64(space->map({.hint = kWasmPageSize, .num_bytes = 1}).value()), kWasmPageSize);
  EXPECT_EQ(to_u64(space->map({.hint = kGiB, .num_bytes = 1}).value()), kGiB);
}

TEST_F(AddressSpaceTest, UnmappingInTheMiddleSplitsAndFreshMapsAreZero) {
  const auto space = make(2);
  const std::uint64_t at = map(*space, 3 * kHostPageSize);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(put(*space, at + static_cast<std::uint64_t>(i) * kHostPageSize, 5).ok());
  }
  EXPECT_EQ(space->areas().size(), 2U);
  ASSERT_TRUE(space->unmap(GuestAddr{at + kHostPageSize}, kHostPageSize).ok());
  EXPECT_EQ(space->areas().size(), 3U);
  EXPECT_EQ(get(*space, at), 5U);
  EXPECT_EQ(get(*space, at + kHostPageSize), 0xdeaddeadU);
  ASSERT_TRUE(space
                  ->map({.hint = at + kHostPageSize,
                         .num_bytes = kHostPageSize,
                         .protection = kReadWrite,
                         .place = AddressSpace::MapRequest::Place::kFixedNoReplace})
                  .ok());
  EXPECT_EQ(space->areas().size(), 2U) << "neighbours merge";
  EXPECT_EQ(get(*space, at + kHostPageSize), 0U);
  EXPECT_EQ(get(*space, at + 2 * kHostPageSize), 5U);
  EXPECT_EQ(space->unmap(GuestAddr{at + 1}, 1).error(), Errno::kEINVAL);
  EXPECT_EQ(space->unmap(GuestAddr{at}, 0).error(), Errno::kEINVAL);
  EXPECT_EQ(space->unmap(GuestAddr{kTop}, vmabi::kGuestAddressBytes).error(), Errno::kEINVAL);
  EXPECT_TRUE(space->unmap(GuestAddr{0}, kHostPageSize).ok()) << "nothing there is no error";
}

TEST_F(AddressSpaceTest, ProtectStopsAtTheFirstHole) {
  const auto space = make(2);
  const std::uint64_t at = map(*space, 4 * kHostPageSize);
  ASSERT_TRUE(space->unmap(GuestAddr{at + 2 * kHostPageSize}, kHostPageSize).ok());
  EXPECT_EQ(space->protect(GuestAddr{at}, 4 * kHostPageSize, kReadOnly).error(), Errno::kENOMEM);
  EXPECT_FALSE(put(*space, at, 1).ok());
  EXPECT_TRUE(put(*space, at + 3 * kHostPageSize, 1).ok());
}

TEST_F(AddressSpaceTest, GrowExtendsAndStopsAtAreasAndTheMaximum) {
  const auto space = AddressSpace::create({.initial_pages = 2, .max_pages = 10}).value();
  EXPECT_EQ(space->grow(0).value(), 2U);
  EXPECT_EQ(space->grow(3).value(), 2U);
  EXPECT_EQ(space->pages(), 5U);
  EXPECT_TRUE(put(*space, 5 * kWasmPageSize - 4, 1).ok());
  EXPECT_EQ(space->areas().size(), 1U);
  EXPECT_EQ(space->grow(6).error(), Errno::kENOMEM);
  EXPECT_EQ(space->grow(~std::uint64_t{0}).error(), Errno::kENOMEM);
  ASSERT_TRUE(space
                  ->map({.hint = 6 * kWasmPageSize,
                         .num_bytes = 1,
                         .place = AddressSpace::MapRequest::Place::kFixed})
                  .ok());
  EXPECT_EQ(space->grow(2).error(), Errno::kENOMEM);
  EXPECT_EQ(space->grow(1).value(), 5U);

  const auto wasm = make_wasm(0, 65536);
  EXPECT_FALSE(put(*wasm, 0, 1).ok());
  EXPECT_EQ(wasm->grow(65536).value(), 0U);
  EXPECT_TRUE(put(*wasm, vmabi::kGuestAddressBytes - 4, 1).ok());
  EXPECT_EQ(wasm->grow(1).error(), Errno::kENOMEM);
}

TEST_F(AddressSpaceTest, RemapGrowsInPlaceOrMoves) {
  const auto space = make(2);
  const std::uint64_t high = map(*space, kHostPageSize);
  const std::uint64_t low = map(*space, 2 * kHostPageSize);
  ASSERT_EQ(low + 2 * kHostPageSize, high);
  ASSERT_TRUE(put(*space, low + kHostPageSize, 77).ok());
  using Move = AddressSpace::MoveAllowed;
  ASSERT_TRUE(space->protect(GuestAddr{low}, 2 * kHostPageSize, kReadOnly).ok());
  EXPECT_EQ(space->remap(GuestAddr{low}, 2 * kHostPageSize, 3 * kHostPageSize, Move::kNo).error(),
            Errno::kENOMEM);
  const std::uint64_t moved = to_u64(
      space->remap(GuestAddr{low}, 2 * kHostPageSize, 3 * kHostPageSize, Move::kYes).value());
  EXPECT_EQ(get(*space, moved + kHostPageSize), 77U);
  EXPECT_FALSE(put(*space, moved, 1).ok()) << "protection moves along";
  EXPECT_EQ(get(*space, low), 0xdeaddeadU);
  EXPECT_EQ(
      to_u64(space->remap(GuestAddr{moved}, 3 * kHostPageSize, kHostPageSize, Move::kNo).value()),
      moved);
  EXPECT_EQ(get(*space, moved + kHostPageSize), 0xdeaddeadU);
  EXPECT_EQ(
      to_u64(space->remap(GuestAddr{moved}, kHostPageSize, 2 * kHostPageSize, Move::kNo).value()),
      moved);
  EXPECT_EQ(get(*space, moved + kHostPageSize), 0U) << "grown pages are fresh";
  EXPECT_EQ(space->remap(GuestAddr{kGiB}, 1, 1, Move::kYes).error(), Errno::kEFAULT);
  EXPECT_EQ(space->remap(GuestAddr{moved}, 1, 0, Move::kYes).error(), Errno::kEINVAL);
}

TEST_F(AddressSpaceTest, ForkIsolatesPrivateAndSharesShared) {
  const auto parent = make(2);
  const auto file =
      std::make_shared<host::UniqueFd>(host::create_memfd("test", 4 * kHostPageSize).value());
  const char content[] = "file";
  ASSERT_EQ(::pwrite(file->get(), content, sizeof(content), 0), ssize_t{sizeof(content)});

  const std::uint64_t own = kWasmPageSize;
  const std::uint64_t sealed = map(*parent, kHostPageSize);
  const std::uint64_t closed = map(*parent, kHostPageSize);
  const std::uint64_t anon = to_u64(
      parent->map({.num_bytes = 1, .protection = kReadWrite, .backing = Backing::kSharedAnon})
          .value());
  const std::uint64_t shared = to_u64(parent
                                          ->map({.num_bytes = 1,
                                                 .protection = kReadWrite,
                                                 .backing = Backing::kSharedFile,
                                                 .file = file})
                                          .value());
  const std::uint64_t priv = to_u64(parent
                                        ->map({.num_bytes = 2 * kHostPageSize,
                                               .protection = kReadWrite,
                                               .backing = Backing::kPrivateFile,
                                               .file = file})
                                        .value());
  for (const std::uint64_t at : {own, sealed, closed, anon})
    ASSERT_TRUE(put(*parent, at, 1).ok());
  ASSERT_TRUE(put(*parent, priv + kHostPageSize, 1).ok());
  ASSERT_TRUE(parent->protect(GuestAddr{sealed}, 1, kReadOnly).ok());
  ASSERT_TRUE(parent->protect(GuestAddr{closed}, 1, kNothing).ok());

  const auto child = parent->fork(OtherWriters::kPossible).value();
  EXPECT_EQ(child->areas().size(), parent->areas().size());
  EXPECT_EQ(child->pages(), 2U);
  EXPECT_EQ(get(*child, own), 1U);
  EXPECT_EQ(get(*child, sealed), 1U);
  EXPECT_FALSE(put(*child, sealed, 2).ok());
  EXPECT_EQ(get(*child, closed), 0xdeaddeadU);
  ASSERT_TRUE(child->protect(GuestAddr{closed}, 1, kReadOnly).ok());
  EXPECT_EQ(get(*child, closed), 1U) << "copied although nobody could read it";
  EXPECT_EQ(get(*child, priv), get(*child, shared)) << "the file's bytes";
  EXPECT_EQ(get(*child, priv + kHostPageSize), 1U);

  for (const std::uint64_t at : {own, anon, shared, priv, priv + kHostPageSize}) {
    ASSERT_TRUE(put(*child, at, 2).ok());
  }
  EXPECT_EQ(get(*parent, own), 1U);
  EXPECT_EQ(get(*parent, anon), 2U);
  EXPECT_EQ(get(*parent, shared), 2U);
  EXPECT_EQ(get(*parent, priv + kHostPageSize), 1U);
  EXPECT_EQ(get(*child, 0), 0xdeaddeadU);
}

TEST_F(AddressSpaceTest, RecycledRegionsShowNothingOfEarlierOwners) {
  for (int round = 0; round < 3; ++round) {
    {
      const auto first = make(32);
      ASSERT_TRUE(first->fill(GuestAddr{kWasmPageSize}, std::byte{0x5a}, 31 * kWasmPageSize).ok());
      const std::uint64_t at = map(*first, 5 * kHostPageSize);
      ASSERT_TRUE(first->fill(GuestAddr{at}, std::byte{0x5a}, 5 * kHostPageSize).ok());
      ASSERT_TRUE(first->protect(GuestAddr{at}, kHostPageSize, kReadOnly).ok());
      ASSERT_TRUE(
          first->commit_table({.index = 0, .window_offset = -1024 * 1024, .capacity = 1024}).ok());
      first->set_table_size(0, 4);
      first->set_table_entry(0, 3, {1, 2});
    }
    // Once as a new memory, once as the child of another one.
    const auto fresh = make(3);
    const auto parent = make(40);
    ASSERT_TRUE(put(*parent, 2 * kWasmPageSize, 1).ok());
    const auto child = parent->fork(OtherWriters::kPossible).value();
    for (const auto& space : {fresh, child}) {
      EXPECT_FALSE(put(*space, kTop - kHostPageSize, 1).ok()) << "its mapping is gone";
      ASSERT_TRUE(space->grow(60).ok());
      const std::uint64_t at = map(*space, 8 * kHostPageSize);
      std::vector<std::byte> bytes(62 * kWasmPageSize);
      ASSERT_TRUE(space->copy_in(bytes, GuestAddr{kWasmPageSize}).ok());
      EXPECT_EQ(std::count(bytes.begin(), bytes.end(), std::byte{0x5a}), 0);
      ASSERT_TRUE(space->copy_in(std::span(bytes).first(8 * kHostPageSize), GuestAddr{at}).ok());
      EXPECT_EQ(std::count(bytes.begin(), bytes.end(), std::byte{0x5a}), 0);
      ASSERT_TRUE(
          space->commit_table({.index = 0, .window_offset = -1024 * 1024, .capacity = 1024}).ok());
      EXPECT_EQ(space->base()[-1024 * 1024 + 3 * 8], std::byte{0});
    }
  }
}

TEST_F(AddressSpaceTest, TableWindowsStayInsideAndApart) {
  const auto space = make(1);
  const std::int64_t end = vmabi::kTableWindowsEnd;
  EXPECT_FALSE(space->commit_table({.index = 0, .window_offset = end, .capacity = 1}).ok());
  EXPECT_FALSE(space->commit_table({.index = 0, .window_offset = end - 100, .capacity = 1}).ok());
  EXPECT_FALSE(
      space
          ->commit_table(
              {.index = 0, .window_offset = vmabi::kTableWindowsStart - 4096, .capacity = 1})
          .ok());
  EXPECT_FALSE(space->commit_table({.index = 64, .window_offset = end - 4096, .capacity = 1}).ok());
  EXPECT_FALSE(
      space->commit_table({.index = 0, .window_offset = end - 4096, .capacity = ~std::uint64_t{0}})
          .ok());
  EXPECT_TRUE(space->commit_table({.index = 0, .window_offset = end - 4096, .capacity = 512}).ok());
  EXPECT_FALSE(
      space->commit_table({.index = 1, .window_offset = end - 8192, .capacity = 1024}).ok());
  EXPECT_TRUE(space->commit_table({.index = 1, .window_offset = end - 8192, .capacity = 512}).ok());
}

TEST_F(AddressSpaceTest, PublishesRangesThatTheHostMayWrite) {
  const auto space = make(4);
  InFlightRanges ranges;
  {
    const HostBuffer read =
        space->host_buffer(ranges, GuestAddr{kWasmPageSize}, 10, Access::kRead).value();
    EXPECT_FALSE(ranges.overlaps(0, ~std::uint64_t{0}));
    std::vector<HostBuffer> many;
    for (std::uint64_t i = 0; i < 40; ++i) {
      many.push_back(space->host_buffer(ranges, GuestAddr{i * 1000}, 10, Access::kWrite).value());
    }
    for (std::uint64_t i = 0; i < 40; ++i)
      EXPECT_TRUE(ranges.overlaps(i * 1000 + 9, i * 1000 + 10));
    EXPECT_FALSE(ranges.overlaps(10, 1000));
  }
  EXPECT_FALSE(ranges.overlaps(0, ~std::uint64_t{0}));
}

}  // namespace
}  // namespace lind::runtime
