#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/guest_path.h"
#include "runtime/address_space.h"
#include "uapi/signal.h"

namespace lind::rawposix {

Result<std::string> read_path(GuestText path) {
  return path.owner()->read_cstring(path.addr(), kMaxPathBytes);
}

Result<BaseDirectory> base_of(Caller& caller, Fd dir, std::string_view path) {
  if (path.empty()) return uapi::Errno::kENOENT;
  if (path.front() == '/') return BaseDirectory{};
  if (dir == kCurrentDirectory) return caller.fs().base();
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(dir));
  if (file->type() != OpenFile::Type::kDirectory && file->type() != OpenFile::Type::kPath) {
    return uapi::Errno::kENOTDIR;
  }
  return BaseDirectory{file->path(), file->shared_fd()};
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

Result<std::int64_t> with_sigpipe(Caller& caller, Result<std::int64_t> result) {
  if (!result.ok() && result.error() == uapi::Errno::kEPIPE) {
    caller.process().raise(caller.thread(), uapi::kSIGPIPE);
  }
  return result;
}

}  // namespace lind::rawposix
