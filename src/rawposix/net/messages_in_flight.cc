#include "rawposix/net/messages_in_flight.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "host/errno.h"

namespace lind::rawposix {
namespace {

std::optional<std::pair<dev_t, ino_t>> id_of(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode)) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

}  // namespace

SentFile::SentFile(const std::shared_ptr<OpenFile>& file)
    : original(file),
      keep_alive(file->virtual_file() != nullptr ? file : nullptr),
      type(file->type()),
      read_only_mount(file->read_only_mount()),
      path(file->path()),
      socket(file->shared_socket()),
      epoll(file->shared_epoll()) {}

std::shared_ptr<OpenFile> SentFile::receive(host::UniqueFd fd) const {
  if (std::shared_ptr<OpenFile> file = original.lock()) return file;
  return std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)), type,
                                    read_only_mount, path, nullptr,
                                    FileExtras{.socket = socket, .epoll = epoll});
}

Result<MessagesInFlight::Token> MessagesInFlight::add(SentMessage message) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return host::last_errno();
  Entry entry{host::UniqueFd(ends[0]), nullptr};
  Token token{host::UniqueFd(ends[1]), {}};
  const auto id = id_of(token.fd.get());
  if (!id) return uapi::Errno::kENFILE;
  token.id = *id;
  const std::uint32_t pid = message.sender.pid;
  entry.message = std::make_shared<const SentMessage>(std::move(message));
  std::vector<Entry> lost;  // released last, outside the lock
  const MutexLock lock(mu_);
  if (entries_.size() >= look_at_ || count_locked(pid) >= kMaxOfSender) {
    lost = take_lost_locked();
    look_at_ = 2 * entries_.size() + 64;
  }
  if (entries_.size() >= kMaxOfAll || count_locked(pid) >= kMaxOfSender) {
    return uapi::Errno::kETOOMANYREFS;
  }
  entries_.emplace(token.id, std::move(entry));
  return token;
}

Result<std::shared_ptr<host::UniqueFd>> MessagesInFlight::identity(
    const uapi::Credentials& sender) {
  {
    const MutexLock lock(mu_);
    const auto found = identities_.find(sender.pid);
    if (found != identities_.end()) return found->second;
  }
  Token token = LIND_TRY(add({.sender = sender, .files = {}}));
  auto fd = std::make_shared<host::UniqueFd>(std::move(token.fd));
  decltype(identities_) forgotten;  // processes that are gone are among them; released last
  const MutexLock lock(mu_);
  if (identities_.size() >= kMaxIdentities) std::swap(forgotten, identities_);
  identities_[sender.pid] = fd;
  return fd;
}

std::size_t MessagesInFlight::count_locked(std::uint32_t pid) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      entries_, [pid](const auto& entry) { return entry.second.message->sender.pid == pid; }));
}

std::vector<MessagesInFlight::Entry> MessagesInFlight::take_lost_locked() {
  std::vector<struct pollfd> ends;
  ends.reserve(entries_.size());
  for (const auto& [id, entry] : entries_)
    ends.push_back({.fd = entry.end.get(), .events = 0, .revents = 0});
  std::vector<Entry> lost;
  if (::poll(ends.data(), ends.size(), 0) <= 0) return lost;
  auto end = ends.begin();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++end) {
    if ((end->revents & POLLHUP) == 0) {
      ++entry;
      continue;
    }
    lost.push_back(std::move(entry->second));
    entry = entries_.erase(entry);
  }
  return lost;
}

void MessagesInFlight::remove(const Token& token) {
  Entry removed;
  const MutexLock lock(mu_);
  const auto found = entries_.find(token.id);
  if (found == entries_.end()) return;
  removed = std::move(found->second);
  entries_.erase(found);
}

std::shared_ptr<const SentMessage> MessagesInFlight::find(int token, bool is_last) {
  const auto id = id_of(token);
  if (!id) return nullptr;
  Entry removed;
  const MutexLock lock(mu_);
  const auto found = entries_.find(*id);
  if (found == entries_.end()) return nullptr;
  std::shared_ptr<const SentMessage> message = found->second.message;
  if (is_last && !message->files.empty()) {
    removed = std::move(found->second);
    entries_.erase(found);
  }
  return message;
}

}  // namespace lind::rawposix
