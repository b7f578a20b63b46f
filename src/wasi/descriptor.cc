// Descriptors as such.

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "wasi/functions.h"
#include "wasi/program.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

struct FlagPair {
  std::uint16_t wasi;
  int linux;
};
constexpr std::array kStatusFlags = {
    FlagPair{kFdflagAppend, O_APPEND}, FlagPair{kFdflagDsync, O_DSYNC},
    FlagPair{kFdflagNonblock, O_NONBLOCK}, FlagPair{kFdflagSync, O_SYNC}};

std::uint16_t status_flags(std::int64_t linux_flags) {
  std::uint16_t flags = 0;
  for (const FlagPair& pair : kStatusFlags) {
    if ((linux_flags & pair.linux) == pair.linux) flags |= pair.wasi;
  }
  // Linux has one flag for both.
  if ((flags & kFdflagSync) != 0) flags |= kFdflagRsync;
  return flags;
}

}  // namespace

Answer fd_close(Context& context, std::uint32_t fd) {
  // First, because the number may be another descriptor's as soon as it is closed.
  LIND_TRY(context.program.descriptors().remove(fd));
  LIND_TRY(context.linux.make(SyscallNo::k_close, fd));
  return {};
}

Answer fd_renumber(Context& context, std::uint32_t from, std::uint32_t to) {
  DescriptorTable& descriptors = context.program.descriptors();
  LIND_TRY(descriptors.find(from, 0));
  LIND_TRY(descriptors.find(to, 0));
  if (from == to) return {};
  LIND_TRY(context.linux.make(SyscallNo::k_dup3, from, to, 0));
  LIND_TRY(descriptors.move(from, to));
  LIND_TRY(context.linux.make(SyscallNo::k_close, from));
  return {};
}

Answer fd_fdstat_get(Context& context, std::uint32_t fd, Ptr<Fdstat> stat) {
  const Descriptor descriptor = LIND_TRY(context.program.descriptors().find(fd, 0));
  // A directory's flags are its opener's business.
  std::int64_t flags = 0;
  if (!descriptor.is_directory()) {
    flags = LIND_TRY(context.linux.make(SyscallNo::k_fcntl, fd, F_GETFL, 0));
  }
  return stat.write({.filetype = static_cast<std::uint8_t>(descriptor.filetype),
                     .pad0 = 0,
                     .flags = status_flags(flags),
                     .pad1 = 0,
                     .base = descriptor.base,
                     .inheriting = descriptor.inheriting});
}

Answer fd_fdstat_set_flags(Context& context, std::uint32_t fd, std::uint32_t flags) {
  LIND_TRY(context.program.descriptors().find(fd, kFdFdstatSetFlags));
  // Linux ignores the others in F_SETFL: we say so.
  constexpr std::uint32_t kSettable = kFdflagAppend | kFdflagNonblock;
  if ((flags & ~kSettable) != 0) return Errno::kInval;
  const int linux_flags = ((flags & kFdflagAppend) != 0 ? O_APPEND : 0) |
                          ((flags & kFdflagNonblock) != 0 ? O_NONBLOCK : 0);
  LIND_TRY(context.linux.make(SyscallNo::k_fcntl, fd, F_SETFL, linux_flags));
  return {};
}

Answer fd_fdstat_set_rights(Context& context, std::uint32_t fd, Rights base, Rights inheriting) {
  return context.program.descriptors().restrict_rights(fd, base, inheriting);
}

Answer fd_prestat_get(Context& context, std::uint32_t fd, Ptr<Prestat> prestat) {
  const Descriptor descriptor = LIND_TRY(context.program.descriptors().find(fd, 0));
  if (descriptor.preopen == nullptr) return Errno::kBadf;
  return prestat.write(
      {.tag = 0, .pad = {}, .name_bytes = static_cast<std::uint32_t>(descriptor.preopen->size())});
}

Answer fd_prestat_dir_name(Context& context, std::uint32_t fd, Bytes path,
                           std::uint32_t path_bytes) {
  const Descriptor descriptor = LIND_TRY(context.program.descriptors().find(fd, 0));
  if (descriptor.preopen == nullptr) return Errno::kBadf;
  if (path_bytes < descriptor.preopen->size()) return Errno::kNametoolong;
  return path.copy_out(0, std::as_bytes(std::span(*descriptor.preopen)));
}

}  // namespace lind::wasi
