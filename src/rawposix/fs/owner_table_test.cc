#include "rawposix/fs/owner_table.h"

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

constexpr OwnerTable::File kFile{.device = 1, .inode = 2};

TEST(OwnerTable, KnowsWhatItWasTold) {
  OwnerTable table;
  EXPECT_TRUE(table.is_empty());
  EXPECT_FALSE(table.find(kFile).has_value());
  ASSERT_TRUE(table.set(kFile, {.uid = 5, .gid = 6}));
  EXPECT_EQ(table.find(kFile)->uid, 5U);
  EXPECT_FALSE(table.find({1, 3}).has_value());
  table.forget(kFile);
  EXPECT_FALSE(table.find(kFile).has_value());
}

TEST(OwnerTable, UnlinkedFilesStayForAWhile) {
  OwnerTable table;
  ASSERT_TRUE(table.set(kFile, {.uid = 5}));
  table.unlinked(kFile);
  EXPECT_TRUE(table.find(kFile).has_value());
  for (ino_t inode = 10; inode < 10 + OwnerTable::kMostUnlinked; ++inode) {
    ASSERT_TRUE(table.set({1, inode}, {.uid = 7}));
    table.unlinked({1, inode});
  }
  EXPECT_FALSE(table.find(kFile).has_value());
  EXPECT_EQ(table.size(), OwnerTable::kMostUnlinked);
}

TEST(OwnerTable, AReusedInodeIsANewFile) {
  OwnerTable table;
  ASSERT_TRUE(table.set(kFile, {.uid = 5}));
  table.unlinked(kFile);
  ASSERT_TRUE(table.set(kFile, {.uid = 8}));
  for (ino_t inode = 10; inode < 10 + OwnerTable::kMostUnlinked; ++inode) {
    ASSERT_TRUE(table.set({1, inode}, {.uid = 7}));
    table.unlinked({1, inode});
  }
  EXPECT_EQ(table.find(kFile)->uid, 8U);
}

TEST(OwnerTable, IsBounded) {
  OwnerTable table;
  for (ino_t inode = 0; inode < OwnerTable::kMostFiles; ++inode)
    ASSERT_TRUE(table.set({1, inode}, {.uid = 7}));
  EXPECT_FALSE(table.set({2, 1}, {.uid = 7}));
  EXPECT_TRUE(table.set({1, 1}, {.uid = 9}));
}

}  // namespace
}  // namespace lind::rawposix
