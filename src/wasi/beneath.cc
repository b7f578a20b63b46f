#include <fcntl.h>
#include <linux/openat2.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "uapi/file.h"
#include "wasi/beneath_internal.h"
#include "wasi/errno.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

constexpr std::size_t kMaxPathBytes = 4095;  // PATH_MAX without its NUL

/// A path cut in front of its last component.
struct SplitPath {
  std::string directory;  ///< "" for the start
  std::string name;       ///< "" for a path of slashes alone
  bool has_slash;
};

SplitPath split(const std::string& path) {
  SplitPath result;
  const std::size_t end = path.find_last_not_of('/');
  result.has_slash = end + 1 < path.size();
  const std::string trimmed = path.substr(0, end + 1);
  const std::size_t slash = trimmed.rfind('/');
  if (slash != std::string::npos) result.directory = trimmed.substr(0, slash);
  result.name = trimmed.substr(slash == std::string::npos ? 0 : slash + 1);
  return result;
}

}  // namespace

TemporaryFd::TemporaryFd(TemporaryFd&& other) noexcept
    : linux_(std::exchange(other.linux_, nullptr)), fd_(other.fd_) {}

TemporaryFd::~TemporaryFd() {
  if (linux_ != nullptr) (void)linux_->make(SyscallNo::k_close, fd_);  // nobody wants to know
}

Result<std::string> read_path(const Bytes& path, std::uint32_t num_bytes) {
  if (num_bytes > kMaxPathBytes) return Errno::kNametoolong;
  std::string text(num_bytes, '\0');
  LIND_TRY(path.copy_in(std::as_writable_bytes(std::span(text))));
  if (text.empty()) return Errno::kNoent;
  if (text.find('\0') != std::string::npos) return Errno::kInval;
  if (!is_utf8(std::as_bytes(std::span(text)))) return Errno::kIlseq;
  if (text.front() == '/') return Errno::kNotcapable;
  return text;
}

Result<std::int64_t> open_descriptor(Context& context, std::uint32_t fd, const std::string& path,
                                     std::uint64_t flags, std::uint32_t mode) {
  const GuestAddr name = LIND_TRY(context.linux.put_string(path));
  const GuestAddr how = LIND_TRY(context.linux.put(
      uapi::OpenHow{.flags = flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_BENEATH}));
  // Linux gives up (EAGAIN) when anything on the host is renamed while it walks through "..".
  constexpr int kMaxTries = 256;
  lind::Result<std::int64_t> opened = uapi::Errno::kEAGAIN;
  for (int i = 0; i < kMaxTries && !opened.ok() && opened.error() == uapi::Errno::kEAGAIN; ++i) {
    opened = context.linux.make_linux(SyscallNo::k_openat2, fd, name, how, sizeof(uapi::OpenHow));
  }
  if (!opened.ok() && opened.error() == uapi::Errno::kENOSYS) {
    opened = walk_beneath(context.linux, fd, path, flags, mode);
  }
  if (opened.ok()) return opened.value();
  return opened.error() == uapi::Errno::kEXDEV ? Errno::kNotcapable : from_linux(opened.error());
}

Result<TemporaryFd> open_beneath(Context& context, std::uint32_t fd, const std::string& path,
                                 std::uint64_t flags) {
  const std::int64_t opened = LIND_TRY(open_descriptor(context, fd, path, flags));
  return TemporaryFd(context.linux, opened);
}

Result<Place> find_place(Context& context, std::uint32_t fd, const std::string& path) {
  constexpr std::uint64_t kDirectory = O_PATH | O_DIRECTORY;
  SplitPath parts = split(path);
  if (parts.name == ".." || parts.name == ".") {
    TemporaryFd itself = LIND_TRY(open_beneath(context, fd, path, kDirectory));
    const std::int64_t number = itself.fd();
    return Place{.directory = number,
                 .name = LIND_TRY(context.linux.put_string(".")),
                 .has_slash = true,
                 .held = std::move(itself)};
  }
  const GuestAddr name =
      LIND_TRY(context.linux.put_string(parts.has_slash ? parts.name + "/" : parts.name));
  if (parts.directory.empty()) {
    return Place{.directory = fd, .name = name, .has_slash = parts.has_slash};
  }
  TemporaryFd directory = LIND_TRY(open_beneath(context, fd, parts.directory, kDirectory));
  const std::int64_t number = directory.fd();
  return Place{.directory = number,
               .name = name,
               .has_slash = parts.has_slash,
               .held = std::move(directory)};
}

}  // namespace lind::wasi
