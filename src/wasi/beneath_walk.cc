// RESOLVE_BENEATH component by component, for a grate that knows no openat2.
//
// A component is looked at as a link first and then opened with O_NOFOLLOW: whoever replaces it in
// between makes the call fail and leads nowhere.

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "wasi/beneath_internal.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;
using LinuxErrno = uapi::Errno;

constexpr int kMaxLinks = 40;  // MAXSYMLINKS, linux/namei.h, v6.1

/// One resolution.  Ownership: lives for a call.
class Walk {
 public:
  Walk(LinuxCalls& linux, std::uint32_t start, std::string path)
      : linux_(linux), start_(start), rest_(std::move(path)) {}

  lind::Result<std::int64_t> open(std::uint64_t flags, std::uint32_t mode);

 private:
  struct Component {
    std::string name;
    bool is_last;  ///< and no slash follows
  };
  std::int64_t directory() const noexcept { return below_.empty() ? start_ : below_.back().fd(); }
  std::optional<Component> take_component();
  lind::Result<bool> take_link(const std::string& name);
  lind::Result<void> enter(const std::string& name);
  lind::Result<std::int64_t> open_at(const std::string& name, std::uint64_t flags,
                                     std::uint32_t mode);

  LinuxCalls& linux_;
  const std::int64_t start_;
  std::string rest_;
  std::vector<TemporaryFd> below_;  ///< the directories that the path has led through
  int num_links_ = 0;
};

std::optional<Walk::Component> Walk::take_component() {
  const std::size_t start = rest_.find_first_not_of('/');
  if (start == std::string::npos) return std::nullopt;
  const std::size_t end = std::min(rest_.find('/', start), rest_.size());
  Component component{.name = rest_.substr(start, end - start), .is_last = end == rest_.size()};
  rest_.erase(0, end);
  return component;
}

lind::Result<std::int64_t> Walk::open_at(const std::string& name, std::uint64_t flags,
                                         std::uint32_t mode) {
  const LinuxCalls::Room room(linux_);
  const Result<GuestAddr> place = linux_.put_string(name);
  if (!place.ok()) return LinuxErrno::kENOMEM;
  return linux_.make_linux(SyscallNo::k_openat, directory(), place.value(),
                           flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

// Whether `name` is a link; the path goes on with its target then.
lind::Result<bool> Walk::take_link(const std::string& name) {
  std::array<std::byte, 4096> target{};
  const LinuxCalls::Room room(linux_);
  const Result<GuestAddr> place = linux_.put_string(name);
  const Result<GuestAddr> out = linux_.reserve(target.size());
  if (!place.ok() || !out.ok()) return LinuxErrno::kENOMEM;
  const lind::Result<std::int64_t> length = linux_.make_linux(
      SyscallNo::k_readlinkat, directory(), place.value(), out.value(), target.size());
  if (!length.ok()) return false;  // no link, or nothing: the open tells
  const auto num_bytes = static_cast<std::size_t>(length.value());  // perhaps a grate's answer
  if (num_bytes == 0 || num_bytes >= target.size()) return LinuxErrno::kENAMETOOLONG;
  if (!linux_.get(out.value(), std::span(target).first(num_bytes)).ok()) return LinuxErrno::kEFAULT;
  if (++num_links_ > kMaxLinks) return LinuxErrno::kELOOP;
  std::string path;
  for (const std::byte byte : std::span(target).first(num_bytes))
    path += static_cast<char>(byte);
  if (path.front() == '/') return LinuxErrno::kEXDEV;
  if (path.size() + rest_.size() >= target.size()) return LinuxErrno::kENAMETOOLONG;
  rest_.insert(0, path);
  return true;
}

lind::Result<void> Walk::enter(const std::string& name) {
  if (name == ".") return {};
  if (name == "..") {
    if (below_.empty()) return LinuxErrno::kEXDEV;
    below_.pop_back();
    return {};
  }
  const std::int64_t opened = LIND_TRY(open_at(name, O_PATH | O_DIRECTORY, 0));
  below_.emplace_back(linux_, opened);
  return {};
}

lind::Result<std::int64_t> Walk::open(std::uint64_t flags, std::uint32_t mode) {
  const bool makes_anew = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  const bool follows = (flags & O_NOFOLLOW) == 0 && !makes_anew;
  while (const std::optional<Component> component = take_component()) {
    const bool is_name = component->name != "." && component->name != "..";
    if (is_name && (follows || !component->is_last)) {
      if (LIND_TRY(take_link(component->name))) continue;
    }
    if (is_name && component->is_last) return open_at(component->name, flags, mode);
    LIND_TRY(enter(component->name));
  }
  if ((flags & O_CREAT) != 0) return LinuxErrno::kEISDIR;
  return open_at(".", flags, 0);
}

}  // namespace

lind::Result<std::int64_t> walk_beneath(LinuxCalls& linux, std::uint32_t fd,
                                        const std::string& path, std::uint64_t flags,
                                        std::uint32_t mode) {
  return Walk(linux, fd, path).open(flags, mode);
}

}  // namespace lind::wasi
