// Reading and writing.  A list of buffers is the guest's own: WASI's iovec is Linux's.

#include <algorithm>

#include "uapi/file.h"
#include "wasi/functions.h"
#include "wasi/program.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

static_assert(sizeof(Iovec) == sizeof(uapi::Iovec));

// More buffers than Linux takes are a short transfer.
std::uint32_t capped(std::uint32_t count) noexcept {
  return std::min<std::uint32_t>(count, uapi::kIovMax);
}

Answer report(const Result<std::int64_t>& result, const Ptr<std::uint32_t>& num_bytes) {
  if (!result.ok()) return result.error();
  return num_bytes.write(static_cast<std::uint32_t>(result.value()));  // below 2 GiB
}

// SEEK_SET, SEEK_CUR and SEEK_END, which are WASI's numbers too.
constexpr std::uint32_t kSeekCur = 1;
constexpr std::uint32_t kSeekEnd = 2;

}  // namespace

Answer fd_read(Context& context, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
               Ptr<std::uint32_t> num_bytes) {
  LIND_TRY(context.program.descriptors().find(fd, kFdRead));
  return report(context.linux.make(SyscallNo::k_readv, fd, iovs.address(), capped(count)),
                num_bytes);
}

Answer fd_write(Context& context, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                Ptr<std::uint32_t> num_bytes) {
  LIND_TRY(context.program.descriptors().find(fd, kFdWrite));
  return report(context.linux.make(SyscallNo::k_writev, fd, iovs.address(), capped(count)),
                num_bytes);
}

Answer fd_pread(Context& context, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                std::uint64_t offset, Ptr<std::uint32_t> num_bytes) {
  LIND_TRY(context.program.descriptors().find(fd, kFdRead));
  return report(context.linux.make(SyscallNo::k_preadv, fd, iovs.address(), capped(count), offset),
                num_bytes);
}

Answer fd_pwrite(Context& context, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                 std::uint64_t offset, Ptr<std::uint32_t> num_bytes) {
  LIND_TRY(context.program.descriptors().find(fd, kFdWrite));
  return report(context.linux.make(SyscallNo::k_pwritev, fd, iovs.address(), capped(count), offset),
                num_bytes);
}

Answer fd_seek(Context& context, std::uint32_t fd, std::int64_t delta, std::uint32_t whence,
               Ptr<std::uint64_t> offset) {
  // To ask where one is takes no right to go elsewhere.
  const bool only_asks = whence == kSeekCur && delta == 0;
  LIND_TRY(context.program.descriptors().find(fd, only_asks ? kFdTell : kFdSeek));
  if (whence > kSeekEnd) return Errno::kInval;
  const std::int64_t now = LIND_TRY(context.linux.make(SyscallNo::k_lseek, fd, delta, whence));
  return offset.write(static_cast<std::uint64_t>(now));
}

Answer fd_tell(Context& context, std::uint32_t fd, Ptr<std::uint64_t> offset) {
  return fd_seek(context, fd, 0, kSeekCur, offset);
}

}  // namespace lind::wasi
