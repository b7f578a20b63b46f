/// \file
/// What WASI adds to the descriptors of a process: rights, and the names of preopened directories.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "wasi/abi.h"

namespace lind::wasi {

/// One descriptor that the program may use.
struct Descriptor {
  Rights base = 0;
  Rights inheriting = 0;
  Filetype filetype = Filetype::kUnknown;
  std::shared_ptr<const std::string> preopen = nullptr;  ///< its name; null if it is none

  bool is_directory() const noexcept { return filetype == Filetype::kDirectory; }
};

/// What a directory, and what is opened from it, can be used for.
inline constexpr Rights kDirectoryRights =
    kFdFdstatSetFlags | kFdSync | kFdDatasync | kFdFilestatGet | kFdFilestatSetTimes | kFdReaddir |
    kPathCreateDirectory | kPathCreateFile | kPathLinkSource | kPathLinkTarget | kPathOpen |
    kPathReadlink | kPathRenameSource | kPathRenameTarget | kPathFilestatGet |
    kPathFilestatSetSize | kPathFilestatSetTimes | kPathSymlink | kPathRemoveDirectory |
    kPathUnlinkFile | kPollFdReadwrite;
inline constexpr Rights kFileRights =
    kFdDatasync | kFdRead | kFdSeek | kFdFdstatSetFlags | kFdSync | kFdTell | kFdWrite | kFdAdvise |
    kFdAllocate | kFdFilestatGet | kFdFilestatSetSize | kFdFilestatSetTimes | kPollFdReadwrite;
/// What has no offset: pipes, terminals, sockets.
inline constexpr Rights kStreamRights =
    kFdRead | kFdFdstatSetFlags | kFdWrite | kFdFilestatGet | kPollFdReadwrite;
inline constexpr Rights kSocketRights = kStreamRights | kSockShutdown | kSockAccept;

/// By the numbers of the process's own table.  A number that is not here does not exist for the
/// program, even where the process uses it for a moment.
///
/// Ownership: one program.  Threading: any.  Lock order: mu_ is a leaf.
class DescriptorTable {
 public:
  /// Errors: kBadf; kNotcapable if one of `needed` is missing.
  Result<Descriptor> find(std::uint32_t fd, Rights needed) const LIND_EXCLUDES(mu_);
  /// `fd`: what a call gave, which may have been a grate's answer; the process has just made it, or
  /// never had it.  Errors: kNfile for a number that no process of ours can have.
  Answer add(std::int64_t fd, Descriptor descriptor) LIND_EXCLUDES(mu_);
  /// Before the process closes it.  Errors: kBadf.
  Answer remove(std::uint32_t fd) LIND_EXCLUDES(mu_);
  /// `to` becomes what `from` was.  Errors: kBadf.
  Answer move(std::uint32_t from, std::uint32_t to) LIND_EXCLUDES(mu_);
  /// Takes rights away.  Errors: kBadf; kNotcapable for one that it has not.
  Answer restrict_rights(std::uint32_t fd, Rights base, Rights inheriting) LIND_EXCLUDES(mu_);

 private:
  bool has_locked(std::uint32_t fd) const LIND_REQUIRES(mu_) {
    return fd < slots_.size() && slots_[fd].has_value();
  }

  mutable Mutex mu_;
  std::vector<std::optional<Descriptor>> slots_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::wasi
