// read, write and their relatives; lseek; getdents64.

#include <sys/syscall.h>
#include <sys/uio.h>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/io_vector.h"

namespace lind::rawposix {
namespace {

using runtime::Access;

Result<std::int64_t> transfer(Caller& caller, const OpenFile& file, long number, GuestBytes buffer,
                              std::uint64_t count, Access access) {
  const runtime::HostBuffer range = LIND_TRY(host_buffer(caller, buffer, count, access));
  const iovec vec = range.vec();
  return file_call(caller, file, number, file.host_fd(), vec.iov_base, vec.iov_len);
}

Result<std::int64_t> transfer_at(Caller& caller, Fd fd, long number, GuestBytes buffer,
                                 std::uint64_t count, std::int64_t offset, Access access) {
  if (offset < 0) return uapi::Errno::kEINVAL;
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  const runtime::HostBuffer range = LIND_TRY(host_buffer(caller, buffer, count, access));
  const iovec vec = range.vec();
  return file_call(caller, *file, number, file->host_fd(), vec.iov_base, vec.iov_len, offset);
}

/// Where in the file a vector goes.
struct Position {
  std::int64_t offset = -1;  ///< -1: at the file's own offset, which moves
  std::int32_t flags = 0;    ///< RWF_*
};

Result<std::int64_t> transfer_vector(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                                     std::uint64_t count, Access access, Position position) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  const IoVector buffers = LIND_TRY(IoVector::create(caller, vector, count, access));
  const std::span<const iovec> host = buffers.host();
  const long number = access == Access::kWrite ? SYS_preadv2 : SYS_pwritev2;
  return file_call(caller, *file, number, file->host_fd(), host.data(), host.size(),
                   position.offset, 0, position.flags);
}

}  // namespace

Result<std::int64_t> sys_read(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return transfer(caller, *file, SYS_read, buffer, count, Access::kWrite);
}

Result<std::int64_t> sys_write(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return with_sigpipe(caller, transfer(caller, *file, SYS_write, buffer, count, Access::kRead));
}

Result<std::int64_t> sys_pread64(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count,
                                 std::int64_t offset) {
  return transfer_at(caller, fd, SYS_pread64, buffer, count, offset, Access::kWrite);
}

Result<std::int64_t> sys_pwrite64(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count,
                                  std::int64_t offset) {
  return transfer_at(caller, fd, SYS_pwrite64, buffer, count, offset, Access::kRead);
}

Result<std::int64_t> sys_readv(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                               std::uint64_t count) {
  return transfer_vector(caller, fd, vector, count, Access::kWrite, {});
}

Result<std::int64_t> sys_writev(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                                std::uint64_t count) {
  return with_sigpipe(caller, transfer_vector(caller, fd, vector, count, Access::kRead, {}));
}

Result<std::int64_t> sys_preadv(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                                std::uint64_t count, std::int64_t offset) {
  if (offset < 0) return uapi::Errno::kEINVAL;
  return transfer_vector(caller, fd, vector, count, Access::kWrite, {.offset = offset});
}

Result<std::int64_t> sys_pwritev(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                                 std::uint64_t count, std::int64_t offset) {
  if (offset < 0) return uapi::Errno::kEINVAL;
  return transfer_vector(caller, fd, vector, count, Access::kRead, {.offset = offset});
}

Result<std::int64_t> sys_preadv2(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                                 std::uint64_t count, std::int64_t offset, std::int32_t flags) {
  if (offset < -1) return uapi::Errno::kEINVAL;
  return transfer_vector(caller, fd, vector, count, Access::kWrite,
                         {.offset = offset, .flags = flags});
}

Result<std::int64_t> sys_pwritev2(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                                  std::uint64_t count, std::int64_t offset, std::int32_t flags) {
  if (offset < -1) return uapi::Errno::kEINVAL;
  return with_sigpipe(caller, transfer_vector(caller, fd, vector, count, Access::kRead,
                                              {.offset = offset, .flags = flags}));
}

Result<std::int64_t> sys_lseek(Caller& caller, Fd fd, std::int64_t offset, std::int32_t whence) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return from_libc(::lseek(file->host_fd(), offset, whence));
}

// The host's records are the guest's: same layout, order, offsets and inode numbers.
Result<std::int64_t> sys_getdents64(Caller& caller, Fd fd, GuestBytes buffer,
                                    std::uint32_t num_bytes) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  const runtime::HostBuffer range =
      LIND_TRY(host_buffer(caller, buffer, num_bytes, Access::kWrite));
  const iovec vec = range.vec();
  return host_call(SYS_getdents64, file->host_fd(), vec.iov_base, vec.iov_len);
}

}  // namespace lind::rawposix
