#include "object/cache.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lind::object {
namespace {

namespace fs = std::filesystem;

class CacheTest : public testing::Test {
 protected:
  CacheTest() {
    std::string name = (fs::temp_directory_path() / "lind-cache-test-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~CacheTest() override { fs::remove_all(directory_); }
  CacheTest(const CacheTest&) = delete;
  CacheTest& operator=(const CacheTest&) = delete;

  Cache open() const {
    ErrorOr<Cache> cache = Cache::open((directory_ / "a" / "b").string());
    EXPECT_TRUE(cache.ok());
    return std::move(cache).value();
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      if (!entry.is_directory()) found.push_back(entry.path());
    }
    return found;
  }

  fs::path directory_;
  const Key key_ = sha256({});
  const std::vector<std::byte> object_{100'000, std::byte{5}};
};

MATCHER_P(HoldsBytes, expected, "") {
  return arg.has_value() && std::ranges::equal(arg->bytes(), expected);
}

TEST_F(CacheTest, GivesBackWhatWasStoredAndNothingElse) {
  const Cache cache = open();
  EXPECT_FALSE(cache.find(key_).has_value());
  ASSERT_TRUE(cache.store(key_, object_).ok());
  EXPECT_THAT(cache.find(key_), HoldsBytes(object_));
  EXPECT_FALSE(cache.find(sha256(key_)).has_value());
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(CacheTest, ReplacesAnEntry) {
  const Cache cache = open();
  ASSERT_TRUE(cache.store(key_, object_).ok());
  ASSERT_TRUE(cache.store(key_, std::vector<std::byte>(3)).ok());
  EXPECT_THAT(cache.find(key_), HoldsBytes(std::vector<std::byte>(3)));
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(CacheTest, RemovesDamagedEntries) {
  const Cache cache = open();
  for (const std::uintmax_t size : {0U, 1U, 15U, 16U, 100'015U}) {
    ASSERT_TRUE(cache.store(key_, object_).ok());
    fs::resize_file(files().front(), size);
    EXPECT_FALSE(cache.find(key_).has_value()) << size;
    EXPECT_TRUE(files().empty());
  }
  ASSERT_TRUE(cache.store(key_, object_).ok());
  std::fstream(files().front(), std::ios::in | std::ios::out).seekp(50).put('x').flush();
  EXPECT_FALSE(cache.find(key_).has_value());
  EXPECT_TRUE(files().empty());
}

TEST_F(CacheTest, RefusesAnEntryUnderAnotherName) {
  const Cache cache = open();
  ASSERT_TRUE(cache.store(key_, object_).ok());
  const Key other = sha256(key_);
  fs::rename(files().front(), files().front().parent_path() / (to_hex(other) + ".lo"));
  EXPECT_FALSE(cache.find(other).has_value());
}

TEST_F(CacheTest, DoesNotFollowLinksOrWaitForPipes) {
  const Cache cache = open();
  ASSERT_TRUE(cache.store(key_, object_).ok());
  const fs::path entry = files().front();
  fs::rename(entry, directory_ / "elsewhere");
  fs::create_symlink(directory_ / "elsewhere", entry);
  EXPECT_FALSE(cache.find(key_).has_value());
  fs::remove(entry);
  ASSERT_EQ(::mkfifo(entry.c_str(), 0600), 0);
  EXPECT_FALSE(cache.find(key_).has_value());
}

// A file size limit fails a write in the middle, as a full disk does.
TEST_F(CacheTest, LeavesNothingWhenTheDiskIsFull) {
  const Cache cache = open();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    (void)std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 65'536, .rlim_max = 65'536};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    ::_exit(cache.store(key_, object_).ok() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(files().empty());
  EXPECT_FALSE(cache.find(key_).has_value());
}

TEST_F(CacheTest, NamesADirectoryThatCannotBeMade) {
  std::ofstream(directory_ / "file") << "x";
  const ErrorOr<Cache> cache = Cache::open((directory_ / "file" / "sub").string());
  ASSERT_FALSE(cache.ok());
  EXPECT_THAT(cache.error().message(), testing::HasSubstr("file/sub: Not a directory"));
}

}  // namespace
}  // namespace lind::object
