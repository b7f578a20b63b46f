/// \file
/// Root, working directory and umask of a process (CLONE_FS shares them).

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/fs/mount_table.h"

namespace lind::rawposix {

/// Ownership: counted.  Threading: any thread.  Lock order: mu_ is a leaf.
class FsContext {
 public:
  /// \param cwd  Absolute guest path without symbolic links; looked up at each use until the
  ///             process has changed its directory.
  FsContext(std::shared_ptr<MountTable> mounts, std::string cwd)
      : mounts_(std::move(mounts)), cwd_{.path = std::move(cwd)} {}

  std::shared_ptr<FsContext> copy() const LIND_EXCLUDES(mu_);
  MountTable& mounts() const noexcept { return *mounts_; }

  /// Absolute guest path.
  std::string cwd() const LIND_EXCLUDES(mu_) { return base().path; }
  void set_cwd(std::string path) LIND_EXCLUDES(mu_) { set_base({.path = std::move(path)}); }
  /// The working directory, for lookups.
  BaseDirectory base() const LIND_EXCLUDES(mu_);
  /// Its root is left as it is.
  void set_base(BaseDirectory directory) LIND_EXCLUDES(mu_);
  /// Where absolute paths start; null: at "/".
  std::shared_ptr<const BaseDirectory> root() const LIND_EXCLUDES(mu_);
  void set_root(std::shared_ptr<const BaseDirectory> root) LIND_EXCLUDES(mu_);

  std::uint32_t umask() const LIND_EXCLUDES(mu_);
  /// Returns the old one.
  std::uint32_t set_umask(std::uint32_t mask) LIND_EXCLUDES(mu_);

 private:
  const std::shared_ptr<MountTable> mounts_;
  mutable Mutex mu_;
  BaseDirectory cwd_ LIND_GUARDED_BY(mu_);
  std::uint32_t umask_ LIND_GUARDED_BY(mu_) = 022;
};

}  // namespace lind::rawposix
