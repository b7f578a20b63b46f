#include "wasi/descriptor_table.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "rawposix/fs/fd_table.h"

namespace lind::wasi {
namespace {

// A grate may say that it opened any number.
TEST(DescriptorTable, TakesNoNumberThatNoProcessHas) {
  constexpr std::int64_t kEnd = rawposix::FdTable::kMaxLimit;
  DescriptorTable table;
  for (const std::int64_t number :
       {std::int64_t{-1}, kEnd, std::int64_t{0x7fffffff}, std::int64_t{0xffffffff},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const Answer added = table.add(number, {});
    ASSERT_FALSE(added.ok()) << number;
    EXPECT_EQ(added.error(), Errno::kNfile) << number;
    EXPECT_EQ(table.find(static_cast<std::uint32_t>(number), 0).error(), Errno::kBadf) << number;
  }
  ASSERT_TRUE(table.add(kEnd - 1, {.base = kFdRead}).ok());
  EXPECT_TRUE(table.find(kEnd - 1, kFdRead).ok());
  EXPECT_EQ(table.find(kEnd - 1, kFdWrite).error(), Errno::kNotcapable);
}

}  // namespace
}  // namespace lind::wasi
