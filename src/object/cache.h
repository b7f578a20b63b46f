/// \file
/// Compiled objects on disk.  The directory is not trusted: what it gives is checked.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/buffer.h"
#include "base/error.h"
#include "host/unique_fd.h"
#include "object/key.h"

namespace lind::object {

/// A directory of entries: file "HEX-KEY.lo" is an object followed by 16 bytes, the XXH3 of the
/// object seeded with the key's (128 bits, big endian; https://github.com/Cyan4973/xxHash).  It
/// tells a damaged entry; whoever can write to the directory can make a sound one.
///
/// An entry is written under another name and renamed, so that a reader, or a crash, never sees
/// half of one.
/// Threading: any thread, any number of processes; the directory is held open, so that later
///   calls need no path.
class Cache {
 public:
  /// Opens `directory`, making it (mode 0700) and its parents if needed.
  /// Errors: the host's, with the path.
  static ErrorOr<Cache> open(const std::string& directory);

  /// The directory, for who confines this process to it.
  int directory_fd() const noexcept { return fd_.get(); }
  const std::string& directory() const noexcept { return path_; }

  /// The object stored under `key`, if there is a sound one.  A damaged entry is removed, with a
  /// warning.
  std::optional<Buffer> find(const Key& key) const;

  /// Errors: the host's (disk full, no permission); nothing is left behind then.
  ErrorOr<void> store(const Key& key, std::span<const std::byte> object) const;

 private:
  Cache(host::UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  host::UniqueFd fd_;
  std::string path_;
};

/// $LIND_CACHE, else $XDG_CACHE_HOME/lind/objects, else $HOME/.cache/lind/objects; nothing if
/// none is set.
std::optional<std::string> default_cache_directory();

}  // namespace lind::object
