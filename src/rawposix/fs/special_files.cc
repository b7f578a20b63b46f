// Files that no directory shows: pipes, memory files, event counters.

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <array>

#include "rawposix/fs/file_call_internal.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kMaxMemfdName = 249;  // mm/memfd.c, MFD_NAME_MAX_LEN, v6.1
constexpr std::uint32_t kNoExecSeal = 8;    // linux/memfd.h, v6.3
constexpr std::uint32_t kExec = 16;

}  // namespace

Result<std::int64_t> sys_pipe(Caller& caller, GuestPtr<uapi::FdPair> out) {
  return sys_pipe2(caller, out, 0);
}

// Two descriptors or none.  Both slots are only reserved until the guest has been told their
// numbers, so that every early return leaves nothing behind.
Result<std::int64_t> sys_pipe2(Caller& caller, GuestPtr<uapi::FdPair> out, std::int32_t flags) {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0) return uapi::Errno::kEINVAL;
  std::array<int, 2> ends{};
  LIND_TRY(from_libc(::pipe2(ends.data(), flags | O_CLOEXEC)));
  host::UniqueFd read_end(ends[0]);
  host::UniqueFd write_end(ends[1]);
  FdSlot reader = LIND_TRY(caller.fds().reserve());
  FdSlot writer = LIND_TRY(caller.fds().reserve());
  LIND_TRY(out.write({.first = to_i32(reader.fd()), .second = to_i32(writer.fd())}));

  const bool close_on_exec = (flags & O_CLOEXEC) != 0;
  reader.install(make_open_file(std::move(read_end), OpenFile::Type::kPipe), close_on_exec);
  writer.install(make_open_file(std::move(write_end), OpenFile::Type::kPipe), close_on_exec);
  return 0;
}

Result<std::int64_t> sys_memfd_create(Caller& caller, GuestText name, std::uint32_t flags) {
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoExecSeal | kExec)) != 0) {
    return uapi::Errno::kEINVAL;
  }
  const Result<std::string> text = name.owner()->read_cstring(name.addr(), kMaxMemfdName);
  if (!text.ok()) {
    return text.error() == uapi::Errno::kENAMETOOLONG ? uapi::Errno::kEINVAL : text.error();
  }
  const std::int64_t fd = LIND_TRY(
      host_call(SYS_memfd_create, text.value().c_str(), flags | std::uint32_t{MFD_CLOEXEC}));
  host::UniqueFd file(static_cast<int>(fd));
  return install_new(caller, make_open_file(std::move(file), OpenFile::Type::kRegular),
                     (flags & MFD_CLOEXEC) != 0);
}

Result<std::int64_t> sys_eventfd(Caller& caller, std::uint32_t count) {
  return sys_eventfd2(caller, count, 0);
}

Result<std::int64_t> sys_eventfd2(Caller& caller, std::uint32_t count, std::int32_t flags) {
  if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) != 0) return uapi::Errno::kEINVAL;
  host::UniqueFd fd(::eventfd(count, flags | EFD_CLOEXEC));
  if (!fd.valid()) return host::last_errno();
  return install_new(caller, make_open_file(std::move(fd), OpenFile::Type::kOther),
                     (flags & EFD_CLOEXEC) != 0);
}

}  // namespace lind::rawposix
