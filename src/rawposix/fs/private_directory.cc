#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "rawposix/fs/mount_state_internal.h"

namespace lind::rawposix {
namespace {

constexpr const char* kPrefix = "lind-private-";

/// Removes a tree, also where its files have lost their permission bits.  Best effort.
void remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) return;
  std::filesystem::recursive_directory_iterator entry(path, error);
  while (!error && entry != std::filesystem::recursive_directory_iterator()) {
    std::error_code ignored;  // remove_all below fails for what could not be opened up
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
      std::filesystem::permissions(entry->path(), std::filesystem::perms::owner_all, ignored);
    }
    entry.increment(error);
  }
  std::filesystem::remove_all(path, error);
}

host::UniqueFd open_directory(const std::string& path) {
  return host::UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// Removes what processes left behind that were killed: directories of ours that nobody locks.
void remove_abandoned(const std::string& parent) {
  std::error_code error;
  std::filesystem::directory_iterator entry(parent, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    const std::string name = entry->path().filename();
    if (name.starts_with(kPrefix)) {
      const host::UniqueFd fd = open_directory(entry->path());
      struct stat status{};
      if (fd.valid() && ::fstat(fd.get(), &status) == 0 && status.st_uid == ::geteuid() &&
          ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
        remove_tree(entry->path());
      }
    }
    entry.increment(error);
  }
}

}  // namespace

// The lock says that the directory is in use.  Between mkdtemp and flock another process may take
// it for abandoned; then it is gone when we look, and we make another one.
ErrorOr<std::unique_ptr<PrivateDirectory>> PrivateDirectory::create() {
  const char* const temporary = ::secure_getenv("TMPDIR");
  const std::array<std::string, 3> parents = {"/dev/shm", temporary == nullptr ? "/tmp" : temporary,
                                              "/tmp"};
  int reason = ENOENT;
  for (const std::string& parent : parents) {
    remove_abandoned(parent);
    std::string path = parent + "/" + kPrefix + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      reason = errno;
      continue;
    }
    host::UniqueFd lock = open_directory(path);
    struct stat status{};
    if (!lock.valid() || ::flock(lock.get(), LOCK_SH) != 0 || ::fstat(lock.get(), &status) != 0 ||
        status.st_nlink == 0) {
      continue;
    }
    const std::string root = path + "/root";
    if (::mkdir(root.c_str(), 0755) != 0 || ::chmod(root.c_str(), 0755) != 0) {
      return host_error("make the empty root", errno);
    }
    host::UniqueFd fd = open_directory(root);
    if (!fd.valid()) return host_error("open the empty root", errno);
    return std::unique_ptr<PrivateDirectory>(
        new PrivateDirectory(std::move(path), std::move(lock), std::move(fd)));
  }
  return host_error("make a directory in /dev/shm, $TMPDIR or /tmp", reason);
}

PrivateDirectory::~PrivateDirectory() {
  remove_tree(host_path_);
}

ErrorOr<void> PrivateDirectory::add_place(const std::string& path, bool is_directory) {
  const GuestPath parsed = parse_guest_path(path).value();  // the caller has normalised it
  std::string relative = ".";
  for (std::size_t i = 0; i < parsed.names.size(); ++i) {
    relative = join_path(relative, parsed.names[i]);
    if (i + 1 < parsed.names.size() || is_directory) {
      if (::mkdirat(fd_->get(), relative.c_str(), 0755) != 0 && errno != EEXIST) {
        return host_error("make the mount point " + path, errno);
      }
      continue;
    }
    const host::UniqueFd file(
        ::openat(fd_->get(), relative.c_str(), O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.valid()) return host_error("make the mount point " + path, errno);
  }
  return {};
}

}  // namespace lind::rawposix
