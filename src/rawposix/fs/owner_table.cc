#include "rawposix/fs/owner_table.h"

namespace lind::rawposix {

std::optional<FileOwner> OwnerTable::find(const File& file) const {
  if (is_empty()) return std::nullopt;
  const MutexLock lock(mu_);
  const auto found = files_.find(file);
  return found == files_.end() ? std::nullopt : std::optional(found->second.owner);
}

bool OwnerTable::set(const File& file, const FileOwner& owner) {
  const MutexLock lock(mu_);
  if (files_.size() >= kMostFiles && !files_.contains(file)) return false;
  files_[file] = {.owner = owner};
  used_.store(true, std::memory_order_release);
  return true;
}

void OwnerTable::forget(const File& file) {
  if (is_empty()) return;
  const MutexLock lock(mu_);
  files_.erase(file);
}

void OwnerTable::unlinked(const File& file) {
  if (is_empty()) return;
  const MutexLock lock(mu_);
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  found->second.unlinked = ++turn_;
  unlinked_.emplace_back(file, turn_);
  if (unlinked_.size() <= kMostUnlinked) return;
  const auto& [oldest, turn] = unlinked_.front();
  const auto gone = files_.find(oldest);
  // Another turn: the inode has become a new file since.
  if (gone != files_.end() && gone->second.unlinked == turn) files_.erase(gone);
  unlinked_.pop_front();
}

std::size_t OwnerTable::size() const {
  const MutexLock lock(mu_);
  return files_.size();
}

}  // namespace lind::rawposix
