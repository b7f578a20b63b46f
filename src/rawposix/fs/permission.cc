#include "rawposix/fs/permission.h"

#include <fcntl.h>

#include "host/errno.h"
#include "rawposix/caller.h"

namespace lind::rawposix {
namespace {

constexpr int kItself = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;

Result<struct stat> status_at(int directory, const std::string& name) {
  struct stat status{};
  if (::fstatat(directory, name.c_str(), &status, kItself) != 0) return host::last_errno();
  return status;
}

}  // namespace

Permission::Permission(const Caller& caller)
    : Permission(caller.process().file_credentials(), caller.fs().mounts().ids()) {}

bool Permission::notes_new_files() const noexcept {
  return who_ != nullptr || !ids_.owners().is_empty();
}

// Source: acl_permission_check, fs/namei.c, v6.1; there are no access control lists.
Result<void> Permission::access(const struct stat& file, int wanted) const {
  if (!is_restricted()) return {};
  const SeenFile seen = ids_.seen(file);
  std::uint32_t mode = seen.mode;
  if (seen.uid == who_->users.fs) {
    mode >>= 6;
  } else if (who_->in_group(seen.gid)) {
    mode >>= 3;
  }
  const auto bits = static_cast<std::uint32_t>(wanted);
  return (mode & bits) == bits ? Result<void>() : Result<void>(uapi::Errno::kEACCES);
}

Result<void> Permission::access(int fd, int wanted) const {
  if (!is_restricted()) return {};
  return access(LIND_TRY(status_at(fd, "")), wanted);
}

Result<void> Permission::create_in(int directory) const {
  return access(directory, W_OK | X_OK);
}

// Source: may_delete, fs/namei.c, v6.1.
Result<void> Permission::remove(int directory, const std::string& name) const {
  if (!is_restricted()) return {};
  const Result<struct stat> file = status_at(directory, name);
  if (!file.ok() && file.error() == uapi::Errno::kENOENT) return {};
  const struct stat parent = LIND_TRY(status_at(directory, ""));
  LIND_TRY(access(parent, W_OK | X_OK));
  if ((parent.st_mode & S_ISVTX) == 0 || ids_.seen(parent).uid == who_->users.fs) return {};
  return own(LIND_TRY(file));
}

Result<void> Permission::own(const struct stat& file) const {
  if (!is_restricted() || ids_.seen(file).uid == who_->users.fs) return {};
  return uapi::Errno::kEPERM;
}

Result<void> Permission::own(int fd) const {
  if (!is_restricted()) return {};
  return own(LIND_TRY(status_at(fd, "")));
}

Result<void> Permission::link(const struct stat& file) const {
  if (!is_restricted() || own(file).ok()) return {};
  const SeenFile seen = ids_.seen(file);
  const bool lends_rights =
      (seen.mode & S_ISUID) != 0 || (seen.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
  const bool is_safe = S_ISREG(file.st_mode) && !lends_rights && access(file, R_OK | W_OK).ok();
  return is_safe ? Result<void>() : Result<void>(uapi::Errno::kEPERM);
}

// Source: inode_init_owner, fs/inode.c, v6.1.
void Permission::created(int parent, int directory, const std::string& name) const {
  if (!notes_new_files()) return;
  const Result<struct stat> file = status_at(directory, name);
  if (!file.ok()) return;
  const OwnerTable::File key{file.value().st_dev, file.value().st_ino};
  OwnerTable& owners = ids_.owners();
  owners.forget(key);
  if (who_ == nullptr) return;
  FileOwner owner{.uid = who_->users.fs, .gid = who_->groups.fs};
  const Result<struct stat> above = status_at(parent, "");
  if (above.ok() && (above.value().st_mode & S_ISGID) != 0) {
    owner.gid = ids_.seen(above.value()).gid;
  }
  (void)owners.set(key, owner);
}

NameRemoval::NameRemoval(const IdMap& ids, int directory, const std::string& name) : ids_(ids) {
  if (ids.owners().is_empty()) return;
  const Result<struct stat> file = status_at(directory, name);
  if (!file.ok()) return;
  if (S_ISDIR(file.value().st_mode) || file.value().st_nlink == 1) {
    file_ = {file.value().st_dev, file.value().st_ino};
  }
}

void NameRemoval::done() const {
  if (file_) ids_.owners().unlinked(*file_);
}

}  // namespace lind::rawposix
