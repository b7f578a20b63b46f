/// \file
/// Owners and set-id bits that only the instance knows of.

#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace lind::rawposix {

/// What replaces the host's owner and set-id bits of a file.
struct FileOwner {
  std::uint32_t uid = 0;  ///< guest numbers
  std::uint32_t gid = 0;
  std::uint32_t set_ids = 0;  ///< S_ISUID, S_ISGID of what is no directory
};

/// The host user cannot give files away, and set-id bits on the host would lend its rights to
/// others there.  So what guests do of both is kept here, for as long as the instance runs.
///
/// A file is known by device and inode.  A file that lost its last name is kept for a while, as it
/// may still be open; who makes a new file says so by `set` or `forget`, in case the host uses the
/// inode again.
/// Ownership: IdMap.  Threading: any thread.  Lock order: mu_ is a leaf.
class OwnerTable {
 public:
  struct File {
    dev_t device;
    ino_t inode;
    auto operator<=>(const File&) const = default;
  };
  /// Entries there may be: a cage could make files until memory is full.
  static constexpr std::size_t kMostFiles = std::size_t{1} << 18;
  static constexpr std::size_t kMostUnlinked = 1024;

  /// Whether nothing was ever kept: the usual case, without a lock.
  bool is_empty() const noexcept { return !used_.load(std::memory_order_acquire); }
  std::optional<FileOwner> find(const File& file) const LIND_EXCLUDES(mu_);
  /// False if there is no room.
  bool set(const File& file, const FileOwner& owner) LIND_EXCLUDES(mu_);
  void forget(const File& file) LIND_EXCLUDES(mu_);
  /// Its last name is gone.
  void unlinked(const File& file) LIND_EXCLUDES(mu_);
  std::size_t size() const LIND_EXCLUDES(mu_);

 private:
  struct Entry {
    FileOwner owner;
    std::uint64_t unlinked = 0;  ///< which turn of `unlinked_`; 0: it has a name
  };
  mutable Mutex mu_;
  std::atomic<bool> used_{false};
  std::map<File, Entry> files_ LIND_GUARDED_BY(mu_);
  std::deque<std::pair<File, std::uint64_t>> unlinked_ LIND_GUARDED_BY(mu_);  ///< oldest first
  std::uint64_t turn_ LIND_GUARDED_BY(mu_) = 0;
};

}  // namespace lind::rawposix
