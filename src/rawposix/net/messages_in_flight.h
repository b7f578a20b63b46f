/// \file
/// What a message carries that the host cannot: our descriptors, and who sent it.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/fs/open_file.h"
#include "uapi/socket.h"

namespace lind::rawposix {

class EpollEntries;
class SocketState;

/// A descriptor in a message.  The host's own message keeps the host file open; here is what our
/// OpenFile said about it.
struct SentFile {
  explicit SentFile(const std::shared_ptr<OpenFile>& file);
  /// The file again: the same object while anybody has it, else a new one around `fd`.
  std::shared_ptr<OpenFile> receive(host::UniqueFd fd) const;

  std::weak_ptr<OpenFile> original;
  std::shared_ptr<OpenFile> keep_alive;  ///< for what the microvisor answers itself
  OpenFile::Type type;
  bool read_only_mount;
  std::string path;
  std::shared_ptr<SocketState> socket;
  std::shared_ptr<EpollEntries> epoll;
};

struct SentMessage {
  uapi::Credentials sender;
  std::vector<SentFile> files;
};

/// The messages of an instance that are in queues of the host.
///
/// Such a message carries one descriptor more, its token: the end of a pipe whose other end is kept
/// here.  Its inode says which message it is; that it is gone says that the message is.  Whoever is
/// outside of the instance can neither make nor read one.
///
/// Threading: any thread.  Lock order: mu_ is a leaf; files are released outside it.
class MessagesInFlight {
 public:
  /// Most messages that one process may have on their way, and all together.
  static constexpr std::size_t kMaxOfSender = 256;
  static constexpr std::size_t kMaxOfAll = 8192;
  static constexpr std::size_t kMaxIdentities = 1024;

  struct Token {
    host::UniqueFd fd;
    std::pair<dev_t, ino_t> id;
  };
  /// Errors: ETOOMANYREFS, EMFILE, ENFILE.
  Result<Token> add(SentMessage message) LIND_EXCLUDES(mu_);
  /// A token that says who sends and nothing more; the same for every message of a sender.
  /// Errors: as add.
  Result<std::shared_ptr<host::UniqueFd>> identity(const uapi::Credentials& sender)
      LIND_EXCLUDES(mu_);
  /// The message was not sent.
  void remove(const Token& token) LIND_EXCLUDES(mu_);
  /// The message behind a received descriptor; null if that is no token.
  /// \param is_last  no: it will be received again (MSG_PEEK)
  std::shared_ptr<const SentMessage> find(int token, bool is_last) LIND_EXCLUDES(mu_);

 private:
  struct Entry {
    host::UniqueFd end;
    std::shared_ptr<const SentMessage> message;
  };
  using Entries = std::map<std::pair<dev_t, ino_t>, Entry>;
  /// Takes out what nobody can receive any more.
  std::vector<Entry> take_lost_locked() LIND_REQUIRES(mu_);
  std::size_t count_locked(std::uint32_t pid) const LIND_REQUIRES(mu_);

  Mutex mu_;
  Entries entries_ LIND_GUARDED_BY(mu_);
  std::size_t look_at_ LIND_GUARDED_BY(mu_) = 64;  ///< size that makes `add` look for lost ones
  std::map<std::uint32_t, std::shared_ptr<host::UniqueFd>> identities_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::rawposix
