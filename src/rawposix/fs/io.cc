// read, write and their relatives; lseek; getdents64.

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <span>
#include <vector>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/io_vector.h"
#include "rawposix/net/socket_call_internal.h"

namespace lind::rawposix {
namespace {

using runtime::Access;

/// A part of a transfer in guest memory.
struct GuestRange {
  GuestBytes start;
  std::uint64_t num_bytes;
};

/// Most bytes that one call moves through a virtual file; more would only be memory of ours.
constexpr std::uint64_t kMaxVirtualTransfer = 64 * kKiB;

Result<std::int64_t> read_virtual(Caller& caller, VirtualFile& file,
                                  std::span<const GuestRange> ranges, VirtualFile::Offset offset) {
  std::uint64_t room = 0;
  for (const GuestRange& range : ranges)
    room = std::min(room + range.num_bytes, kMaxVirtualTransfer);
  if (room == 0) return 0;
  std::vector<std::byte> bytes(room);
  const std::size_t count = LIND_TRY(file.read(caller, bytes, offset));
  std::span<const std::byte> left = std::span(bytes).first(count);
  for (const GuestRange& range : ranges) {
    const std::size_t part = std::min<std::uint64_t>(left.size(), range.num_bytes);
    LIND_TRY(range.start.owner()->copy_out(range.start.addr(), left.first(part)));
    left = left.subspan(part);
  }
  return static_cast<std::int64_t>(count);
}

Result<std::int64_t> write_virtual(Caller& caller, VirtualFile& file,
                                   std::span<const GuestRange> ranges, VirtualFile::Offset offset) {
  std::vector<std::byte> bytes;
  for (const GuestRange& range : ranges) {
    const std::size_t part = std::min(range.num_bytes, kMaxVirtualTransfer - bytes.size());
    bytes.resize(bytes.size() + part);
    LIND_TRY(range.start.owner()->copy_in(std::span(bytes).last(part), range.start.addr()));
  }
  return static_cast<std::int64_t>(LIND_TRY(file.write(caller, bytes, offset)));
}

/// `access` is what is done to memory: kWrite is a read of the file.
Result<std::int64_t> transfer_virtual(Caller& caller, VirtualFile& file,
                                      std::span<const GuestRange> ranges, Access access,
                                      VirtualFile::Offset offset) {
  const std::int32_t forbidden = access == Access::kWrite ? O_WRONLY : O_RDONLY;
  if ((file.flags() & O_ACCMODE) == forbidden) return uapi::Errno::kEBADF;
  return access == Access::kWrite ? read_virtual(caller, file, ranges, offset)
                                  : write_virtual(caller, file, ranges, offset);
}

Direction direction_of(Access access) noexcept {
  return access == Access::kWrite ? Direction::kReceive : Direction::kSend;
}

/// Whether a write must go as a message that tells who sends it.
bool sends_message(Caller& caller, const OpenFile& file, Access access) noexcept {
  return access == Access::kRead && file.socket() != nullptr && tells_sender(caller, file);
}

Result<std::int64_t> transfer(Caller& caller, const OpenFile& file, long number, GuestBytes buffer,
                              std::uint64_t count, Access access) {
  if (VirtualFile* const own = file.virtual_file()) {
    const GuestRange range{buffer, count};
    return transfer_virtual(caller, *own, {&range, 1}, access, std::nullopt);
  }
  if (access == Access::kRead) count = LIND_TRY(allowed_bytes(caller, file, -1, count));
  const runtime::HostBuffer range = LIND_TRY(host_buffer(caller, buffer, count, access));
  iovec vec = range.vec();
  if (sends_message(caller, file, access)) {
    return send_with_identity(caller, file, {&vec, 1}, nullptr, 0);
  }
  return transfer_call(caller, file, direction_of(access), number, file.host_fd(), vec.iov_base,
                       vec.iov_len);
}

Result<std::int64_t> transfer_at(Caller& caller, Fd fd, long number, GuestBytes buffer,
                                 std::uint64_t count, std::int64_t offset, Access access) {
  if (offset < 0) return uapi::Errno::kEINVAL;
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (VirtualFile* const own = file->virtual_file()) {
    const GuestRange range{buffer, count};
    return transfer_virtual(caller, *own, {&range, 1}, access, static_cast<std::uint64_t>(offset));
  }
  if (access == Access::kRead) count = LIND_TRY(allowed_bytes(caller, *file, offset, count));
  const runtime::HostBuffer range = LIND_TRY(host_buffer(caller, buffer, count, access));
  const iovec vec = range.vec();
  return file_call(caller, *file, number, file->host_fd(), vec.iov_base, vec.iov_len, offset);
}

/// Where in the file a vector goes.
struct Position {
  std::int64_t offset = -1;  ///< -1: at the file's own offset, which moves
  std::int32_t flags = 0;    ///< RWF_*
};

/// Cuts what RLIMIT_FSIZE does not allow.
Result<void> trim_to_limit(Caller& caller, const OpenFile& file, std::int64_t offset,
                           std::vector<iovec>& vector) {
  std::uint64_t total = 0;
  for (const iovec& part : vector)
    total += part.iov_len;
  std::uint64_t left = LIND_TRY(allowed_bytes(caller, file, offset, total));
  for (iovec& part : vector) {
    part.iov_len = std::min<std::uint64_t>(part.iov_len, left);
    left -= part.iov_len;
  }
  return {};
}

Result<std::int64_t> transfer_vector(Caller& caller, Fd fd, GuestPtr<uapi::Iovec> vector,
                                     std::uint64_t count, Access access, Position position) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (VirtualFile* const own = file->virtual_file()) {
    const std::vector<uapi::Iovec> elements = LIND_TRY(read_iovec(vector, count));
    std::vector<GuestRange> ranges;
    ranges.reserve(elements.size());
    for (const uapi::Iovec& element : elements) {
      ranges.push_back({GuestBytes(vector.owner(), GuestAddr{element.base}), element.len});
    }
    const VirtualFile::Offset offset =
        position.offset < 0 ? VirtualFile::Offset()
                            : VirtualFile::Offset(static_cast<std::uint64_t>(position.offset));
    return transfer_virtual(caller, *own, ranges, access, offset);
  }
  const IoVector buffers = LIND_TRY(IoVector::create(caller, vector, count, access));
  std::vector<iovec> host(buffers.host().begin(), buffers.host().end());
  if (access == Access::kRead) LIND_TRY(trim_to_limit(caller, *file, position.offset, host));
  const bool at_own_offset = position.offset < 0 && position.flags == 0;
  if (at_own_offset && sends_message(caller, *file, access)) {
    return send_with_identity(caller, *file, host, nullptr, 0);
  }
  const long number = access == Access::kWrite ? SYS_preadv2 : SYS_pwritev2;
  return transfer_call(caller, *file, direction_of(access), number, file->host_fd(), host.data(),
                       host.size(), position.offset, 0, position.flags);
}

}  // namespace

Result<std::int64_t> sys_read(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return transfer(caller, *file, SYS_read, buffer, count, Access::kWrite);
}

Result<std::int64_t> sys_write(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return transfer(caller, *file, SYS_write, buffer, count, Access::kRead);
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
  return transfer_vector(caller, fd, vector, count, Access::kRead, {});
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
  return transfer_vector(caller, fd, vector, count, Access::kRead,
                         {.offset = offset, .flags = flags});
}

Result<std::int64_t> sys_lseek(Caller& caller, Fd fd, std::int64_t offset, std::int32_t whence) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (VirtualFile* const own = file->virtual_file()) return own->seek(offset, whence);
  return from_libc(::lseek(file->host_fd(), offset, whence));
}

// The host's records are the guest's: same layout, order, offsets and inode numbers.
Result<std::int64_t> sys_getdents64(Caller& caller, Fd fd, GuestBytes buffer,
                                    std::uint32_t num_bytes) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (VirtualFile* const own = file->virtual_file()) {
    std::vector<std::byte> records(std::min<std::uint64_t>(num_bytes, kMaxVirtualTransfer));
    const std::size_t count = LIND_TRY(own->list(caller, records));
    LIND_TRY(buffer.owner()->copy_out(buffer.addr(), std::span(records).first(count)));
    return static_cast<std::int64_t>(count);
  }
  const runtime::HostBuffer range =
      LIND_TRY(host_buffer(caller, buffer, num_bytes, Access::kWrite));
  const iovec vec = range.vec();
  return host_call(SYS_getdents64, file->host_fd(), vec.iov_base, vec.iov_len);
}

}  // namespace lind::rawposix
