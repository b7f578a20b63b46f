// path_open.

#include <fcntl.h>

#include "wasi/beneath_internal.h"
#include "wasi/functions.h"
#include "wasi/program.h"
#include "wasi/stat_internal.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

constexpr std::uint32_t kNewFileMode = 0666;

struct OpenRequest {
  bool follow;
  std::uint32_t oflags;
  std::uint32_t fdflags;
  Rights base;

  bool has(std::uint16_t flag) const noexcept { return (oflags & flag) != 0; }
  bool reads() const noexcept { return (base & (kFdRead | kFdReaddir)) != 0; }
  bool writes() const noexcept {
    return (base & (kFdWrite | kFdAllocate | kFdFilestatSetSize)) != 0;
  }
};

Answer check_flags(std::uint32_t dirflags, std::uint32_t oflags, std::uint32_t fdflags) {
  constexpr std::uint32_t kKnownOflags = kOflagCreat | kOflagDirectory | kOflagExcl | kOflagTrunc;
  constexpr std::uint32_t kKnownFdflags =
      kFdflagAppend | kFdflagDsync | kFdflagNonblock | kFdflagRsync | kFdflagSync;
  if ((dirflags & ~kLookupSymlinkFollow) != 0 || (oflags & ~kKnownOflags) != 0 ||
      (fdflags & ~kKnownFdflags) != 0) {
    return Errno::kInval;
  }
  const bool makes = (oflags & (kOflagCreat | kOflagExcl | kOflagTrunc)) != 0;
  if ((oflags & kOflagDirectory) != 0 && makes) return Errno::kInval;
  return {};
}

// What the directory must allow besides path_open.
Rights needed_rights(const OpenRequest& request) noexcept {
  Rights needed = kPathOpen;
  if (request.has(kOflagCreat)) needed |= kPathCreateFile;
  if (request.has(kOflagTrunc)) needed |= kPathFilestatSetSize;
  return needed;
}

std::uint64_t linux_flags(const OpenRequest& request) noexcept {
  std::uint64_t flags = O_RDONLY;
  if (request.writes()) flags = request.reads() ? O_RDWR : O_WRONLY;
  if (request.has(kOflagCreat)) flags |= O_CREAT;
  if (request.has(kOflagDirectory)) flags |= O_DIRECTORY;
  if (request.has(kOflagExcl)) flags |= O_EXCL;
  if (request.has(kOflagTrunc)) flags |= O_TRUNC;
  if (!request.follow) flags |= O_NOFOLLOW;
  if ((request.fdflags & kFdflagAppend) != 0) flags |= O_APPEND;
  if ((request.fdflags & kFdflagDsync) != 0) flags |= O_DSYNC;
  if ((request.fdflags & kFdflagNonblock) != 0) flags |= O_NONBLOCK;
  if ((request.fdflags & (kFdflagSync | kFdflagRsync)) != 0) flags |= O_SYNC;
  return flags;
}

Rights possible_rights(Filetype type) noexcept {
  switch (type) {
    case Filetype::kDirectory:
      return kDirectoryRights;
    case Filetype::kRegularFile:
    case Filetype::kBlockDevice:
    case Filetype::kCharacterDevice:
    case Filetype::kSymbolicLink:
      return kFileRights;
    case Filetype::kUnknown:
    case Filetype::kSocketDgram:
    case Filetype::kSocketStream:
      return kStreamRights;
  }
  return 0;
}

}  // namespace

Answer path_open(Context& context, std::uint32_t fd, std::uint32_t dirflags, Bytes path,
                 std::uint32_t path_bytes, std::uint32_t oflags, Rights base, Rights inheriting,
                 std::uint32_t fdflags, Ptr<std::uint32_t> opened) {
  LIND_TRY(check_flags(dirflags, oflags, fdflags));
  const Descriptor start = LIND_TRY(context.program.descriptors().find(fd, 0));
  if (!start.is_directory()) return Errno::kNotdir;
  const OpenRequest request{.follow = (dirflags & kLookupSymlinkFollow) != 0,
                            .oflags = oflags,
                            .fdflags = fdflags,
                            .base = base & start.inheriting};
  if ((needed_rights(request) & ~start.base) != 0) return Errno::kNotcapable;
  const std::string text = LIND_TRY(read_path(path, path_bytes));
  const std::int64_t number = LIND_TRY(open_descriptor(
      context, fd, text, linux_flags(request), request.has(kOflagCreat) ? kNewFileMode : 0));
  TemporaryFd until_known(context.linux, number);
  const Filetype type = filetype_of(LIND_TRY(stat_descriptor(context, number)).mode);
  LIND_TRY(opened.write(static_cast<std::uint32_t>(number)));
  LIND_TRY(context.program.descriptors().add(
      number, {.base = request.base & possible_rights(type),
               .inheriting = type == Filetype::kDirectory ? inheriting & start.inheriting : 0,
               .filetype = type}));
  until_known.keep();
  return {};
}

}  // namespace lind::wasi
