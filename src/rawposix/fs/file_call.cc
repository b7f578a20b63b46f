#include <sys/stat.h>

#include <algorithm>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/net/socket_call_internal.h"
#include "runtime/address_space.h"
#include "uapi/resource.h"
#include "uapi/signal.h"

namespace lind::rawposix {

Result<std::string> read_path(GuestText path) {
  return path.owner()->read_cstring(path.addr(), kMaxPathBytes);
}

Result<BaseDirectory> base_of(Caller& caller, Fd dir, std::string_view path) {
  if (path.empty()) return uapi::Errno::kENOENT;
  if (path.front() == '/') return caller.root_directory();
  if (dir == kCurrentDirectory) return caller.working_directory();
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(dir));
  if (file->type() != OpenFile::Type::kDirectory && file->type() != OpenFile::Type::kPath) {
    return uapi::Errno::kENOTDIR;
  }
  return caller.seen_from(file->path(), file->shared_fd());
}

Result<ResolvedName> resolve_at(Caller& caller, Fd dir, GuestText path, FollowLast follow) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, dir, text));
  return caller.fs().mounts().resolve(base, text, follow);
}

Result<bool> means_descriptor(GuestText path, std::int32_t flags) {
  if ((flags & AT_EMPTY_PATH) == 0) return false;
  if (path.is_null()) return true;
  const std::string text = LIND_TRY(read_path(path));
  return text.empty();
}

Result<std::shared_ptr<OpenFile>> open_file(Caller& caller, Fd fd) {
  std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
  if (file->type() == OpenFile::Type::kPath) return uapi::Errno::kEBADF;
  return file;
}

Result<std::int64_t> install_new(Caller& caller, std::shared_ptr<OpenFile> file,
                                 bool close_on_exec) {
  FdSlot slot = LIND_TRY(caller.fds().reserve());
  slot.install(std::move(file), close_on_exec);
  return to_i32(slot.fd());
}

// Source: generic_write_check_limits, fs/read_write.c, v6.1.
Result<std::uint64_t> allowed_bytes(Caller& caller, const OpenFile& file, std::int64_t offset,
                                    std::uint64_t count) {
  const std::uint64_t limit = caller.process().limit(uapi::kRLIMIT_FSIZE).current;
  if (limit == uapi::kRLIM_INFINITY || file.type() != OpenFile::Type::kRegular || count == 0) {
    return count;
  }
  const std::int32_t flags = LIND_TRY(file.status_flags());
  if ((flags & O_APPEND) != 0) {
    struct stat status{};
    LIND_TRY(from_libc(::fstat(file.host_fd(), &status)));
    offset = status.st_size;
  } else if (offset < 0) {
    offset = LIND_TRY(from_libc(::lseek(file.host_fd(), 0, SEEK_CUR)));
  }
  const auto start = static_cast<std::uint64_t>(offset);
  if (start < limit) return std::min(count, limit - start);
  caller.raise(uapi::kSIGXFSZ);
  return uapi::Errno::kEFBIG;
}

Result<void> check_length(Caller& caller, std::uint64_t length) {
  if (length <= caller.process().limit(uapi::kRLIMIT_FSIZE).current) return {};
  caller.raise(uapi::kSIGXFSZ);
  return uapi::Errno::kEFBIG;
}

Result<std::int64_t> finish_transfer(Caller& caller, const OpenFile& file, Direction direction,
                                     Result<std::int64_t> result) {
  if (file.socket() != nullptr) {
    return finish_call(caller, *file.socket(), direction, std::move(result));
  }
  if (direction == Direction::kSend) result = with_sigpipe(caller, std::move(result));
  return restartable(std::move(result));
}

Result<std::int64_t> with_sigpipe(Caller& caller, Result<std::int64_t> result) {
  if (!result.ok() && result.error() == uapi::Errno::kEPIPE) {
    caller.process().raise(caller.thread(), uapi::kSIGPIPE);
  }
  return result;
}

}  // namespace lind::rawposix
