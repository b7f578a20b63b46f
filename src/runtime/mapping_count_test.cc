#include "runtime/mapping_count.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace lind::runtime {
namespace {

using uapi::Errno;

TEST(MappingCount, OneMemoryHasAQuota) {
  MappingCount count;
  EXPECT_TRUE(count.admit(0, MappingCount::kMostOfOneMemory).ok());
  EXPECT_TRUE(count.admit(MappingCount::kMostOfOneMemory - 1, 1).ok());
  EXPECT_EQ(count.admit(MappingCount::kMostOfOneMemory - 1, 2).error(), Errno::kENOMEM);
  EXPECT_TRUE(count.admit(1, 2).ok());  // it gave some back
}

TEST(MappingCount, AllMemoriesHaveOneTogether) {
  constexpr std::size_t kEach = MappingCount::kMostOfOneMemory / 2;
  std::vector<std::unique_ptr<MappingCount>> counts;
  for (std::size_t sum = 0; sum + kEach <= MappingCount::kMostOfAll; sum += kEach) {
    counts.push_back(std::make_unique<MappingCount>());
    ASSERT_TRUE(counts.back()->admit(kEach, 0).ok());
  }
  MappingCount late;
  EXPECT_EQ(late.admit(kEach, 1).error(), Errno::kENOMEM);
  counts.pop_back();
  EXPECT_TRUE(late.admit(1, 1).ok());
}

}  // namespace
}  // namespace lind::runtime
