/// \file
/// Paths of a WASI program: below the directory that they are given with, whatever is in them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wasi/function.h"

namespace lind::wasi {

/// A descriptor of the process that the program does not know, closed at the end.
class TemporaryFd {
 public:
  TemporaryFd(LinuxCalls& linux, std::int64_t fd) noexcept : linux_(&linux), fd_(fd) {}
  TemporaryFd(TemporaryFd&& other) noexcept;
  TemporaryFd& operator=(TemporaryFd&&) = delete;
  ~TemporaryFd();

  std::int64_t fd() const noexcept { return fd_; }
  /// It becomes one that the program knows.
  void keep() noexcept { linux_ = nullptr; }

 private:
  LinuxCalls* linux_;  ///< null: not to be closed
  std::int64_t fd_;
};

/// A path argument.
/// Errors: kFault; kNametoolong; kNoent ("" or a NUL inside); kIlseq (no UTF-8); kNotcapable
/// (absolute).
Result<std::string> read_path(const Bytes& path, std::uint32_t num_bytes);

/// The same as openat2 with RESOLVE_BENEATH, made of calls that every grate knows.
/// Errors: those of Linux; EXDEV if the path leads out.
lind::Result<std::int64_t> walk_beneath(LinuxCalls& linux, std::uint32_t fd,
                                        const std::string& path, std::uint64_t flags,
                                        std::uint32_t mode);

/// openat2 with RESOLVE_BENEATH, or walk_beneath where a grate denies that; `flags` of Linux,
/// O_CLOEXEC is added.
/// Errors: those of openat2; kNotcapable if the path leads out.
Result<std::int64_t> open_descriptor(Context& context, std::uint32_t fd, const std::string& path,
                                     std::uint64_t flags, std::uint32_t mode = 0);
/// The same for a short while.
Result<TemporaryFd> open_beneath(Context& context, std::uint32_t fd, const std::string& path,
                                 std::uint64_t flags);

/// A path resolved down to its last component, for calls that take a directory and one name.
///
/// The name is no "..", so a call with it that follows no link stays in the directory.
struct Place {
  std::int64_t directory;
  GuestAddr name;                        ///< in the room; keeps one trailing slash
  bool has_slash = false;                ///< the path means a directory, through a link even
  std::optional<TemporaryFd> held = {};  ///< `directory`, if it had to be opened
};

/// Errors: as open_beneath.
Result<Place> find_place(Context& context, std::uint32_t fd, const std::string& path);

}  // namespace lind::wasi
