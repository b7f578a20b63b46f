/// \file
/// What guests have added to an epoll.

#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <utility>

#include "base/ids.h"
#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/fs/open_file.h"

namespace lind::rawposix {

/// Linux knows an entry by its open file and the number of the descriptor that added it; the host
/// knows our open files by our descriptors.  So each number under which a guest adds one open file
/// gets a host descriptor of that file for itself.
///
/// Ownership: the epoll's OpenFile.  Threading: any thread.  Lock order: mu_, then OpenFile::mu_.
class EpollEntries {
 public:
  /// The host descriptor by which the host knows, or is to know, the entry of `file` and `fd`.
  /// Errors: EMFILE.
  Result<int> host_fd(const std::shared_ptr<OpenFile>& file, Fd fd) LIND_EXCLUDES(mu_);
  /// The host has no such entry, or no longer.
  void remove(const std::shared_ptr<OpenFile>& file, Fd fd) LIND_EXCLUDES(mu_);

 private:
  using File = std::weak_ptr<OpenFile>;
  Mutex mu_;
  /// By file, then by the guest's number: which of the file's host descriptors.
  std::map<File, std::map<std::int32_t, std::size_t>, std::owner_less<File>> entries_
      LIND_GUARDED_BY(mu_);
  std::size_t prune_at_ LIND_GUARDED_BY(mu_) = 64;
};

}  // namespace lind::rawposix
