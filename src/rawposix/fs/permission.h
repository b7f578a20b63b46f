/// \file
/// What modes, owners and groups let a process do to files.  TCB: once a cage has dropped uid 0
/// nothing else keeps it from what the host user may do.

#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/proc/credentials.h"

namespace lind::rawposix {

class Caller;

/// The questions of fs/namei.c and fs/attr.c, v6.1, asked about the host's files as guests see
/// them. Every check is one the host makes again for the host user.  For uid 0 all answers are yes.
///
/// Descriptors and names may change between a check and the call behind it; a file that is opened
/// is therefore checked again when it is open.
/// Ownership: copies; refers to `ids`, which lives as long as the mounts.
class Permission {
 public:
  using Who = std::shared_ptr<const Credentials>;
  /// `who` null: the host user.
  Permission(Who who, const IdMap& ids) : who_(std::move(who)), ids_(ids) {}
  explicit Permission(const Caller& caller);

  /// Whether new files need an owner of their own, or an old inode's owner may be left over.
  bool notes_new_files() const noexcept;
  bool is_restricted() const noexcept { return who_ != nullptr && !who_->overrides_modes(); }

  /// `wanted`: R_OK, W_OK, X_OK together.  Errors: EACCES.
  Result<void> access(const struct stat& file, int wanted) const;
  Result<void> access(int fd, int wanted) const;
  /// Whether names may be made in `directory`.  Errors: EACCES.
  Result<void> create_in(int directory) const;
  /// Whether the name may be removed or replaced.  What is not there is no error.
  /// Errors: EACCES; EPERM in a sticky directory.
  Result<void> remove(int directory, const std::string& name) const;
  /// For chmod, and times that are given.  Errors: EPERM.
  Result<void> own(const struct stat& file) const;
  Result<void> own(int fd) const;
  /// Another name for the file.  Errors: EPERM.  Source: may_linkat, fs/namei.c, v6.1.
  Result<void> link(const struct stat& file) const;

  /// Gives the new file at `name` in `directory` ("" for `directory` itself, made in `parent`) to
  /// who asks.  Best effort: what cannot be noted stays the host user's.
  void created(int directory, const std::string& name) const {
    created(directory, directory, name);
  }
  void created(int parent, int directory, const std::string& name) const;

 private:
  Who who_;
  const IdMap& ids_;
};

/// One name about to lose its file, by unlink, rmdir or rename.
class NameRemoval {
 public:
  NameRemoval(const IdMap& ids, int directory, const std::string& name);
  /// It has happened.
  void done() const;

 private:
  const IdMap& ids_;
  std::optional<OwnerTable::File> file_;  ///< set if it was the last name of a file we know
};

}  // namespace lind::rawposix
