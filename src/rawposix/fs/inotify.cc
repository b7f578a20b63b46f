// inotify: the host's, on files that were found in the guest's tree.

#include <sys/inotify.h>

#include <atomic>
#include <memory>
#include <string>

#include "rawposix/fs/beneath.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/virtual_node.h"

namespace lind::rawposix {
namespace {

/// The host counts these per user, so cages leave some to others.
constexpr int kMaxInstances = 64;
constexpr std::uint32_t kFollowFlags = IN_DONT_FOLLOW | IN_ONLYDIR;

std::atomic<int> num_instances{0};

/// A host descriptor that is counted as long as somebody has it.
struct CountedFd {
  explicit CountedFd(host::UniqueFd given) : fd(std::move(given)) {}
  CountedFd(const CountedFd&) = delete;
  CountedFd& operator=(const CountedFd&) = delete;
  ~CountedFd() { num_instances.fetch_sub(1); }
  host::UniqueFd fd;
};

Result<std::shared_ptr<host::UniqueFd>> create_instance(std::int32_t flags) {
  if (num_instances.fetch_add(1) >= kMaxInstances) {
    num_instances.fetch_sub(1);
    return uapi::Errno::kEMFILE;
  }
  auto counted = std::make_shared<CountedFd>(host::UniqueFd(::inotify_init1(flags | IN_CLOEXEC)));
  if (!counted->fd.valid()) return host::last_errno();
  return std::shared_ptr<host::UniqueFd>(counted, &counted->fd);
}

/// An open file of the host that is an inotify instance.
bool is_instance(const OpenFile& file) {
  return file.type() == OpenFile::Type::kInotify;
}

}  // namespace

Result<std::int64_t> sys_inotify_init1(Caller& caller, std::int32_t flags) {
  if ((flags & ~(IN_CLOEXEC | IN_NONBLOCK)) != 0) return uapi::Errno::kEINVAL;
  std::shared_ptr<host::UniqueFd> fd = LIND_TRY(create_instance(flags));
  auto file =
      std::make_shared<OpenFile>(std::move(fd), OpenFile::Type::kInotify, false, std::string());
  return install_new(caller, std::move(file), (flags & IN_CLOEXEC) != 0);
}

Result<std::int64_t> sys_inotify_init(Caller& caller) {
  return sys_inotify_init1(caller, 0);
}

// The descriptor is looked at first.  Source: fs/notify/inotify/inotify_user.c, v6.1.
Result<std::int64_t> sys_inotify_add_watch(Caller& caller, Fd fd, GuestText path,
                                           std::uint32_t mask) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (!is_instance(*file)) return uapi::Errno::kEINVAL;
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, text));
  const bool follow = (mask & IN_DONT_FOLLOW) == 0;
  const Place place =
      LIND_TRY(find_place(caller, base, text, follow ? FollowLast::kYes : FollowLast::kIfSlash));
  if (place.node) return uapi::Errno::kEACCES;  // nothing would ever be told
  host::UniqueFd own;
  int target = place.name.parent->get();
  if (!place.name.name.empty()) {
    std::uint64_t flags = O_PATH | O_NOFOLLOW;
    if (place.name.must_be_directory || (mask & IN_ONLYDIR) != 0) flags |= O_DIRECTORY;
    own = LIND_TRY(open_beneath(target, place.name.name, flags));
    target = own.get();
  }
  // The number is ours, not a guest's, and leads to that file only.
  const std::string link = "/proc/self/fd/" + std::to_string(target);
  return from_libc(::inotify_add_watch(file->host_fd(), link.c_str(), mask & ~kFollowFlags));
}

Result<std::int64_t> sys_inotify_rm_watch(Caller& caller, Fd fd, std::int32_t watch) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (!is_instance(*file)) return uapi::Errno::kEINVAL;
  return from_libc(::inotify_rm_watch(file->host_fd(), watch));
}

}  // namespace lind::rawposix
