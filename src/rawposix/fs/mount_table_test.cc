#include "rawposix/fs/mount_table.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

using uapi::Errno;

/// A host tree that is removed with the test:
///   tree/            mounted read-write at /tree
///     file  dir/deep/leaf  fifo
///     link -> file  dirlink -> dir  up -> ../..  absolute -> /data/fixed  out -> /etc/passwd
///     loop -> loop  dangling -> missing  chain0 -> chain1 ... chain40 -> file
///   data/            mounted read-only at /data
///     fixed  sub/
class MountTableTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "lind-mounts-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    host_ = name;
    std::filesystem::create_directories(host_ + "/tree/dir/deep");
    std::filesystem::create_directories(host_ + "/data/sub");
    put(host_ + "/tree/file", "file");
    put(host_ + "/tree/dir/deep/leaf", "leaf");
    put(host_ + "/data/fixed", "fixed");
    put(host_ + "/secret", "secret");
    ASSERT_EQ(::mkfifo((host_ + "/tree/fifo").c_str(), 0644), 0);
    const std::array<std::array<const char*, 2>, 7> links = {{{"file", "link"},
                                                              {"dir", "dirlink"},
                                                              {"../..", "up"},
                                                              {"/data/fixed", "absolute"},
                                                              {"/etc/passwd", "out"},
                                                              {"loop", "loop"},
                                                              {"missing", "dangling"}}};
    for (const auto& [target, link] : links) {
      ASSERT_EQ(::symlink(target, (host_ + "/tree/" + link).c_str()), 0);
    }
    for (int i = 0; i <= 40; ++i) {
      const std::string target = i == 40 ? "file" : "chain" + std::to_string(i + 1);
      const std::string link = host_ + "/tree/chain" + std::to_string(i);
      ASSERT_EQ(::symlink(target.c_str(), link.c_str()), 0);
    }
    mounts_ = MountTable::create().value();
    ASSERT_TRUE(
        mounts_->add_directory(host_ + "/tree", "/tree", MountTable::Rights::kReadWrite).ok());
    ASSERT_TRUE(
        mounts_->add_directory(host_ + "/data", "/data/", MountTable::Rights::kReadOnly).ok());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(host_, ignored);
  }

  static void put(const std::string& path, const std::string& text) {
    const host::UniqueFd fd(::open(path.c_str(), O_CREAT | O_WRONLY, 0644));
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string content(const OpenFile& file) {
    std::array<char, 64> text{};
    const ssize_t length = ::pread(file.host_fd(), text.data(), text.size(), 0);
    return length < 0 ? "?" : std::string(text.data(), static_cast<std::size_t>(length));
  }
  /// What reading `path` gives, or the name of the error.
  std::string read(const std::string& path, const std::string& base = "/",
                   std::uint64_t flags = O_RDONLY) {
    const auto file = mounts_->open(base, path, flags, 0);
    if (!file.ok()) return "errno " + std::to_string(static_cast<int>(file.error()));
    return content(*file.value());
  }
  Result<void> opens(const std::string& path, std::uint64_t flags, std::uint32_t mode = 0644) {
    const auto file = mounts_->open("/tree", path, flags, mode);
    if (!file.ok()) return file.error();
    return {};
  }

  std::string host_;
  std::shared_ptr<MountTable> mounts_;
};

std::string failure(Errno error) {
  return "errno " + std::to_string(static_cast<int>(error));
}

TEST_F(MountTableTest, FindsNamesInEveryWayOfWritingThem) {
  for (const char* const path :
       {"/tree/file", "//tree//file", "/tree/./file", "/tree/dir/../file", "/tree/link",
        "/data/../tree/file", "/../tree/file", "/tree/up/tree/file", "/tree/dirlink/../file"}) {
    EXPECT_EQ(read(path), "file") << path;
  }
  EXPECT_EQ(read("file", "/tree"), "file");
  EXPECT_EQ(read("../data/fixed", "/tree"), "fixed");
  EXPECT_EQ(read("deep/leaf", "/tree/dir"), "leaf");
  EXPECT_EQ(read("/tree/dirlink/deep/leaf"), "leaf");
}

TEST_F(MountTableTest, AbsoluteLinksMeanTheGuestsRoot) {
  EXPECT_EQ(read("/tree/absolute"), "fixed");
  EXPECT_EQ(read("/tree/out"), failure(Errno::kENOENT));
}

TEST_F(MountTableTest, DotDotAndLinksDoNotLeaveTheMount) {
  for (const char* const path : {"/tree/../secret", "/tree/up/secret", "/tree/dir/../../secret",
                                 "/../../../../../../etc/passwd", "/data/../../secret"}) {
    EXPECT_EQ(read(path), failure(Errno::kENOENT)) << path;
  }
}

TEST_F(MountTableTest, MagicLinksAreOnlyText) {
  ASSERT_TRUE(mounts_->add_directory("/proc", "/proc", MountTable::Rights::kReadOnly).ok());
  EXPECT_EQ(read("/proc/self/root/etc/passwd"), failure(Errno::kENOENT));
  EXPECT_EQ(read("/proc/self/cwd/CMakeLists.txt"), failure(Errno::kENOENT));
  EXPECT_EQ(read("/proc/self/exe"), failure(Errno::kENOENT));
}

TEST_F(MountTableTest, FilesOfTheHostsProcfsAreRefused) {
  ASSERT_TRUE(mounts_->add_directory("/", "/host", MountTable::Rights::kReadWrite).ok());
  for (const char* const path : {"/host/proc/self/mem", "/host/proc/self/maps",
                                 "/host/proc/thread-self/mem", "/host/proc/1/environ"}) {
    EXPECT_EQ(read(path), failure(Errno::kEACCES)) << path;
  }
  EXPECT_EQ(opens("/host/proc/self/mem", O_RDWR).error(), Errno::kEACCES);
  EXPECT_TRUE(opens("/host/proc", O_RDONLY | O_DIRECTORY).ok());
}

TEST_F(MountTableTest, LinkCountIsLinuxs) {
  EXPECT_EQ(read("/tree/loop"), failure(Errno::kELOOP));
  EXPECT_EQ(read("/tree/chain1"), "file");                  // 40 links
  EXPECT_EQ(read("/tree/chain0"), failure(Errno::kELOOP));  // 41 links
}

TEST_F(MountTableTest, LongPathsAndNamesAreTooLong) {
  EXPECT_EQ(read("/" + std::string(255, 'x')), failure(Errno::kENOENT));
  EXPECT_EQ(read("/" + std::string(256, 'x')), failure(Errno::kENAMETOOLONG));
  EXPECT_EQ(read("/tree" + std::string(4085, '/') + "file"), "file");  // 4094 bytes
  EXPECT_EQ(read("/tree" + std::string(4087, '/') + "file"), failure(Errno::kENAMETOOLONG));
  EXPECT_EQ(read(""), failure(Errno::kENOENT));
}

TEST_F(MountTableTest, TrailingSlashWantsADirectory) {
  EXPECT_EQ(read("/tree/file/"), failure(Errno::kENOTDIR));
  EXPECT_EQ(read("/tree/link/"), failure(Errno::kENOTDIR));
  EXPECT_EQ(read("/tree/file/."), failure(Errno::kENOTDIR));
  EXPECT_EQ(read("/tree/file/.."), failure(Errno::kENOTDIR));
  EXPECT_EQ(read("/dev/null/"), failure(Errno::kENOTDIR));
  EXPECT_TRUE(opens("dir/", O_RDONLY).ok());
  EXPECT_TRUE(opens("dirlink/", O_RDONLY | O_NOFOLLOW).ok());
  EXPECT_EQ(opens("new/", O_WRONLY | O_CREAT).error(), Errno::kEISDIR);
  EXPECT_EQ(opens("missing/", O_RDONLY).error(), Errno::kENOENT);
}

TEST_F(MountTableTest, OpenFlagsHaveTheErrorsOfLinux) {
  EXPECT_EQ(opens("link", O_RDONLY | O_NOFOLLOW).error(), Errno::kELOOP);
  EXPECT_TRUE(opens("link", O_PATH | O_NOFOLLOW).ok());
  EXPECT_EQ(opens("file", O_RDONLY | O_DIRECTORY).error(), Errno::kENOTDIR);
  EXPECT_EQ(opens("dir", O_RDWR).error(), Errno::kEISDIR);
  EXPECT_EQ(opens("file", O_RDWR | O_CREAT | O_EXCL).error(), Errno::kEEXIST);
  EXPECT_EQ(opens("link", O_RDWR | O_CREAT | O_EXCL).error(), Errno::kEEXIST);
  EXPECT_EQ(opens("dangling", O_RDWR | O_CREAT | O_EXCL).error(), Errno::kEEXIST);
  EXPECT_EQ(opens("dangling", O_RDWR).error(), Errno::kENOENT);
  EXPECT_EQ(opens("dir", O_RDONLY | O_TMPFILE).error(), Errno::kEINVAL);
  EXPECT_TRUE(opens("dir", O_RDWR | O_TMPFILE).ok());
  EXPECT_TRUE(opens("dangling", O_WRONLY | O_CREAT).ok());
  EXPECT_TRUE(std::filesystem::exists(host_ + "/tree/missing"));
}

TEST_F(MountTableTest, NewFilesGetTheModeWithoutSetIdBits) {
  EXPECT_TRUE(opens("new", O_WRONLY | O_CREAT, 06755).ok());
  struct stat status{};
  ASSERT_EQ(::stat((host_ + "/tree/new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0755U);
}

TEST_F(MountTableTest, ReadOnlyMountsRefuseChangesAndNothingElse) {
  EXPECT_EQ(read("/data/fixed"), "fixed");
  EXPECT_EQ(opens("/data/fixed", O_RDWR).error(), Errno::kEROFS);
  EXPECT_EQ(opens("/data/fixed", O_RDONLY | O_TRUNC).error(), Errno::kEROFS);
  EXPECT_EQ(opens("/data/new", O_WRONLY | O_CREAT).error(), Errno::kEROFS);
  EXPECT_EQ(opens("/data/new", O_RDONLY | O_CREAT).error(), Errno::kEROFS);
  EXPECT_EQ(opens("/data/none", O_RDWR).error(), Errno::kENOENT);
  EXPECT_EQ(opens("/data/fixed", O_RDWR | O_CREAT | O_EXCL).error(), Errno::kEEXIST);
  EXPECT_EQ(opens("/data/sub", O_RDWR).error(), Errno::kEISDIR);
  EXPECT_EQ(opens("/data/sub", O_RDWR | O_TMPFILE).error(), Errno::kEROFS);
  EXPECT_EQ(opens("absolute", O_RDWR).error(), Errno::kEROFS);
  EXPECT_TRUE(opens("/data/fixed", O_RDONLY | O_CREAT).ok());
  EXPECT_TRUE(mounts_->resolve("/", "/data/x", FollowLast::kNo).value().read_only);
  EXPECT_FALSE(mounts_->resolve("/", "/tree/x", FollowLast::kNo).value().read_only);
}

TEST_F(MountTableTest, DevicesAreThoseOfTheSyntheticDev) {
  EXPECT_EQ(mounts_->open("/", "/dev/null", O_RDWR | O_CREAT | O_TRUNC, 0644).value()->type(),
            OpenFile::Type::kDevice);
  EXPECT_EQ(read("/dev/zero"), std::string(64, '\0'));
  ASSERT_TRUE(mounts_->add_directory("/dev", "/host-dev", MountTable::Rights::kReadWrite).ok());
  EXPECT_EQ(opens("/host-dev/null", O_RDWR).error(), Errno::kEACCES);
  EXPECT_EQ(opens("/dev/new", O_WRONLY | O_CREAT).error(), Errno::kEROFS);
}

TEST_F(MountTableTest, AFifoDoesNotWaitWithoutAThread) {
  EXPECT_EQ(opens("fifo", O_WRONLY).error(), Errno::kENXIO);
  EXPECT_EQ(opens("fifo", O_WRONLY | O_NONBLOCK).error(), Errno::kENXIO);
  const auto reader = mounts_->open("/tree", "fifo", O_RDONLY, 0);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader.value()->type(), OpenFile::Type::kPipe);
  EXPECT_EQ(::fcntl(reader.value()->host_fd(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(MountTableTest, MountPointsThatAHostDirectoryLacksAreReachable) {
  ASSERT_TRUE(
      mounts_->add_directory(host_ + "/data", "/tree/x/y", MountTable::Rights::kReadOnly).ok());
  EXPECT_EQ(read("/tree/x/y/fixed"), "fixed");
  EXPECT_EQ(read("x/y/fixed", "/tree"), "fixed");
  EXPECT_EQ(read("../y/fixed", "/tree/x/y"), "fixed");
  EXPECT_EQ(read("../../file", "/tree/x/y"), "file");
  EXPECT_TRUE(opens("x", O_RDONLY | O_DIRECTORY).ok());
  EXPECT_EQ(mounts_->resolve("/tree", "x/y", FollowLast::kNo).value().last, LastName::kMountRoot);
}

TEST_F(MountTableTest, ResolveSaysWhatTheLastComponentWas) {
  const auto last = [&](const char* path) {
    return mounts_->resolve("/tree", path, FollowLast::kNo).value().last;
  };
  EXPECT_EQ(last("new"), LastName::kName);
  EXPECT_EQ(last("."), LastName::kDot);
  EXPECT_EQ(last("dir/."), LastName::kDot);
  EXPECT_EQ(last("dir/.."), LastName::kDotDot);
  EXPECT_EQ(last("/"), LastName::kMountRoot);
  EXPECT_EQ(last("/data"), LastName::kMountRoot);
  EXPECT_EQ(last("/dev/null"), LastName::kMountRoot);
  const ResolvedName name = mounts_->resolve("/tree", "dirlink/new", FollowLast::kNo).value();
  EXPECT_EQ(name.guest_path, "/tree/dir/new");
  EXPECT_EQ(name.name, "new");
}

TEST_F(MountTableTest, ABaseDirectoryIsFollowedWhenItIsRenamed) {
  const auto dir = mounts_->open("/tree", "dir", O_RDONLY | O_DIRECTORY, 0).value();
  std::filesystem::rename(host_ + "/tree/dir", host_ + "/tree/moved");
  const BaseDirectory base{dir->path(), dir->shared_fd()};
  EXPECT_EQ(content(*mounts_->open(base, "deep/leaf", O_RDONLY, 0).value()), "leaf");
  // ".." goes by name: the guest path of the directory is still /tree/dir.
  EXPECT_EQ(content(*mounts_->open(base, "../file", O_RDONLY, 0).value()), "file");
}

TEST_F(MountTableTest, AShownFileIsOpenedWithAnOffsetOfItsOwn) {
  host::UniqueFd file(::open((host_ + "/secret").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(mounts_->add_file(std::move(file), "/program", MountTable::Rights::kReadOnly).ok());
  EXPECT_EQ(read("/program"), "secret");
  EXPECT_EQ(read("program/"), failure(Errno::kENOTDIR));
  EXPECT_EQ(opens("/program", O_RDWR).error(), Errno::kEROFS);
}

TEST_F(MountTableTest, TheEmptyRootIsRemovedWithWhatGuestsPutThere) {
  ASSERT_TRUE(mounts_->open("/", "/scratch", O_CREAT | O_WRONLY, 0600).ok());
  const auto root = mounts_->open("/", "/", O_RDONLY | O_DIRECTORY, 0).value();
  ASSERT_EQ(::mkdirat(root->host_fd(), "closed", 0), 0);
  std::array<char, 256> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(root->host_fd());
  ASSERT_GT(::readlink(link.c_str(), path.data(), path.size() - 1), 0);
  ASSERT_TRUE(std::filesystem::exists(path.data()));
  mounts_.reset();
  EXPECT_FALSE(std::filesystem::exists(path.data()));
}

TEST_F(MountTableTest, ARootThatAKilledProcessLeftIsRemovedByTheNext) {
  const std::string left = "/dev/shm/lind-private-left-by-a-test";
  std::filesystem::create_directories(left + "/inner");
  const auto next = MountTable::create().value();
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(mounts_->open("/", "/dev", O_RDONLY | O_DIRECTORY, 0).ok());  // ours is in use
}

TEST_F(MountTableTest, GuestPathsOfMountsAreChecked) {
  using Rights = MountTable::Rights;
  EXPECT_FALSE(mounts_->add_directory(host_ + "/none", "/x", Rights::kReadOnly).ok());
  EXPECT_FALSE(mounts_->add_directory(host_ + "/secret", "/x", Rights::kReadOnly).ok());
  EXPECT_FALSE(mounts_->add_directory(host_, "x", Rights::kReadOnly).ok());
  EXPECT_FALSE(mounts_->add_directory(host_, "/a/../b", Rights::kReadOnly).ok());
}

TEST(IdMap, ShowsTheHostUserAsRootAndTheHostsRootAsNobody) {
  const IdMap user(1000, 100);
  EXPECT_EQ(user.guest_uid(1000), 0U);
  EXPECT_EQ(user.guest_uid(0), 65534U);
  EXPECT_EQ(user.guest_uid(33), 33U);
  EXPECT_EQ(user.host_uid(0), 1000U);
  EXPECT_EQ(user.host_gid(0), 100U);
  EXPECT_EQ(user.host_uid(65534), 0U);
  const IdMap root(0, 0);
  EXPECT_EQ(root.guest_uid(0), 0U);
  EXPECT_EQ(root.guest_uid(1000), 1000U);
  EXPECT_EQ(root.host_uid(65534), 65534U);
}

}  // namespace
}  // namespace lind::rawposix
