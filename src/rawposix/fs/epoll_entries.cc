#include "rawposix/fs/epoll_entries.h"

#include <algorithm>

namespace lind::rawposix {

Result<int> EpollEntries::host_fd(const std::shared_ptr<OpenFile>& file, Fd fd) {
  const MutexLock lock(mu_);
  if (entries_.size() >= prune_at_) {
    std::erase_if(entries_, [](const auto& entry) { return entry.first.expired(); });
    prune_at_ = 2 * entries_.size() + 64;
  }
  auto& of_file = entries_[file];
  const auto known = of_file.find(to_i32(fd));
  if (known != of_file.end()) return file->host_fd_number(known->second);
  std::size_t number = 0;
  const auto is_taken = [&of_file](std::size_t wanted) {
    return std::ranges::any_of(of_file, [wanted](const auto& one) { return one.second == wanted; });
  };
  while (is_taken(number))
    ++number;
  const int host = LIND_TRY(file->host_fd_number(number));
  of_file.emplace(to_i32(fd), number);
  return host;
}

void EpollEntries::remove(const std::shared_ptr<OpenFile>& file, Fd fd) {
  const MutexLock lock(mu_);
  const auto found = entries_.find(file);
  if (found == entries_.end()) return;
  found->second.erase(to_i32(fd));
  if (found->second.empty()) entries_.erase(found);
}

}  // namespace lind::rawposix
