// Names below an open directory.

#include <fcntl.h>

#include <algorithm>

#include "wasi/beneath_internal.h"
#include "wasi/errno.h"
#include "wasi/functions.h"
#include "wasi/program.h"
#include "wasi/stat_internal.h"
#include "wasi/time_internal.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

// The directory that a path starts from.
Answer check_start(Context& context, std::uint32_t fd, Rights needed) {
  // Whoever has a file has no such rights, and is told so.
  const Descriptor descriptor = LIND_TRY(context.program.descriptors().find(fd, 0));
  if (!descriptor.is_directory()) return Errno::kNotdir;
  return (needed & ~descriptor.base) != 0 ? Answer(Errno::kNotcapable) : Answer();
}

Result<bool> follows(std::uint32_t lookup_flags) {
  if ((lookup_flags & ~kLookupSymlinkFollow) != 0) return Errno::kInval;
  return (lookup_flags & kLookupSymlinkFollow) != 0;
}

bool means_directory(const std::string& path) {
  return path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..") || path == "." ||
         path == "..";
}

// What a path leads to: through its last component even, if it is a link.
Result<TemporaryFd> open_target(Context& context, std::uint32_t fd, const std::string& path) {
  return open_beneath(context, fd, path,
                      O_PATH | (means_directory(path) ? O_DIRECTORY : std::uint64_t{0}));
}

}  // namespace

Answer path_create_directory(Context& context, std::uint32_t fd, Bytes path,
                             std::uint32_t path_bytes) {
  LIND_TRY(check_start(context, fd, kPathCreateDirectory));
  const std::string text = LIND_TRY(read_path(path, path_bytes));
  const Place place = LIND_TRY(find_place(context, fd, text));
  LIND_TRY(context.linux.make(SyscallNo::k_mkdirat, place.directory, place.name, 0777));
  return {};
}

Result<Filestat> stat_path(Context& context, std::uint32_t fd, std::uint32_t flags,
                           const Bytes& path, std::uint32_t path_bytes) {
  LIND_TRY(check_start(context, fd, kPathFilestatGet));
  const bool follow = LIND_TRY(follows(flags));
  const std::string text = LIND_TRY(read_path(path, path_bytes));
  if (follow || means_directory(text)) {
    const TemporaryFd target = LIND_TRY(open_target(context, fd, text));
    return to_filestat(LIND_TRY(stat_descriptor(context, target.fd())));
  }
  const Place place = LIND_TRY(find_place(context, fd, text));
  const GuestAddr out = LIND_TRY(context.linux.reserve(sizeof(uapi::Stat)));
  LIND_TRY(context.linux.make(SyscallNo::k_newfstatat, place.directory, place.name, out,
                              AT_SYMLINK_NOFOLLOW));
  return to_filestat(LIND_TRY(context.linux.get<uapi::Stat>(out)));
}

Answer path_filestat_get(Context& context, std::uint32_t fd, std::uint32_t flags, Bytes path,
                         std::uint32_t path_bytes, Ptr<Filestat> stat) {
  const Filestat status = LIND_TRY(stat_path(context, fd, flags, path, path_bytes));
  return stat.write(status);
}

Answer path_filestat_set_times(Context& context, std::uint32_t fd, std::uint32_t flags, Bytes path,
                               std::uint32_t path_bytes, std::uint64_t atim, std::uint64_t mtim,
                               std::uint32_t fst_flags) {
  LIND_TRY(check_start(context, fd, kPathFilestatSetTimes));
  const bool follow = LIND_TRY(follows(flags));
  const std::string text = LIND_TRY(read_path(path, path_bytes));
  const GuestAddr times = LIND_TRY(put_times(context, atim, mtim, fst_flags));
  if (follow || means_directory(text)) {
    const TemporaryFd target = LIND_TRY(open_target(context, fd, text));
    const GuestAddr empty = LIND_TRY(context.linux.put_string(""));
    LIND_TRY(context.linux.make(SyscallNo::k_utimensat, target.fd(), empty, times, AT_EMPTY_PATH));
    return {};
  }
  const Place place = LIND_TRY(find_place(context, fd, text));
  LIND_TRY(context.linux.make(SyscallNo::k_utimensat, place.directory, place.name, times,
                              AT_SYMLINK_NOFOLLOW));
  return {};
}

Answer path_link(Context& context, std::uint32_t old_fd, std::uint32_t old_flags, Bytes old_path,
                 std::uint32_t old_bytes, std::uint32_t new_fd, Bytes new_path,
                 std::uint32_t new_bytes) {
  LIND_TRY(check_start(context, old_fd, kPathLinkSource));
  LIND_TRY(check_start(context, new_fd, kPathLinkTarget));
  const bool follow = LIND_TRY(follows(old_flags));
  if (follow) return Errno::kInval;
  const std::string old_text = LIND_TRY(read_path(old_path, old_bytes));
  const std::string new_text = LIND_TRY(read_path(new_path, new_bytes));
  if (means_directory(old_text)) {
    // Linux would follow a link here.  What is there can only be a directory, which has one name.
    LIND_TRY(open_target(context, old_fd, old_text));
    return Errno::kPerm;
  }
  const Place from = LIND_TRY(find_place(context, old_fd, old_text));
  const Place to = LIND_TRY(find_place(context, new_fd, new_text));
  LIND_TRY(
      context.linux.make(SyscallNo::k_linkat, from.directory, from.name, to.directory, to.name, 0));
  return {};
}

Answer path_readlink(Context& context, std::uint32_t fd, Bytes path, std::uint32_t path_bytes,
                     Bytes buffer, std::uint32_t buffer_bytes, Ptr<std::uint32_t> used_bytes) {
  constexpr std::uint32_t kMaxBytes = 4096;  // no link is longer
  LIND_TRY(check_start(context, fd, kPathReadlink));
  const std::string text = LIND_TRY(read_path(path, path_bytes));
  if (means_directory(text)) {
    LIND_TRY(open_target(context, fd, text));
    return Errno::kInval;  // a directory is no link
  }
  const Place place = LIND_TRY(find_place(context, fd, text));
  // Linux has no links of which nothing is wanted.
  const GuestAddr spare = LIND_TRY(context.linux.reserve(1));
  const std::int64_t used =
      LIND_TRY(context.linux.make(SyscallNo::k_readlinkat, place.directory, place.name,
                                  buffer_bytes == 0 ? spare : buffer.address(),
                                  std::clamp<std::uint32_t>(buffer_bytes, 1, kMaxBytes)));
  return used_bytes.write(buffer_bytes == 0 ? 0 : static_cast<std::uint32_t>(used));
}

Answer path_remove_directory(Context& context, std::uint32_t fd, Bytes path,
                             std::uint32_t path_bytes) {
  LIND_TRY(check_start(context, fd, kPathRemoveDirectory));
  const std::string text = LIND_TRY(read_path(path, path_bytes));
  const Place place = LIND_TRY(find_place(context, fd, text));
  LIND_TRY(context.linux.make(SyscallNo::k_unlinkat, place.directory, place.name, AT_REMOVEDIR));
  return {};
}

Answer path_rename(Context& context, std::uint32_t fd, Bytes old_path, std::uint32_t old_bytes,
                   std::uint32_t new_fd, Bytes new_path, std::uint32_t new_bytes) {
  LIND_TRY(check_start(context, fd, kPathRenameSource));
  LIND_TRY(check_start(context, new_fd, kPathRenameTarget));
  const std::string old_text = LIND_TRY(read_path(old_path, old_bytes));
  const std::string new_text = LIND_TRY(read_path(new_path, new_bytes));
  const Place from = LIND_TRY(find_place(context, fd, old_text));
  const Place to = LIND_TRY(find_place(context, new_fd, new_text));
  LIND_TRY(
      context.linux.make(SyscallNo::k_renameat, from.directory, from.name, to.directory, to.name));
  return {};
}

Answer path_symlink(Context& context, Bytes old_path, std::uint32_t old_bytes, std::uint32_t fd,
                    Bytes new_path, std::uint32_t new_bytes) {
  LIND_TRY(check_start(context, fd, kPathSymlink));
  // An absolute target would lead a program of the host astray, never this one.
  const std::string target = LIND_TRY(read_path(old_path, old_bytes));
  const std::string text = LIND_TRY(read_path(new_path, new_bytes));
  const Place place = LIND_TRY(find_place(context, fd, text));
  const GuestAddr target_text = LIND_TRY(context.linux.put_string(target));
  LIND_TRY(context.linux.make(SyscallNo::k_symlinkat, target_text, place.directory, place.name));
  return {};
}

Answer path_unlink_file(Context& context, std::uint32_t fd, Bytes path, std::uint32_t path_bytes) {
  LIND_TRY(check_start(context, fd, kPathUnlinkFile));
  const std::string text = LIND_TRY(read_path(path, path_bytes));
  const Place place = LIND_TRY(find_place(context, fd, text));
  LIND_TRY(context.linux.make(SyscallNo::k_unlinkat, place.directory, place.name, 0));
  return {};
}

}  // namespace lind::wasi
