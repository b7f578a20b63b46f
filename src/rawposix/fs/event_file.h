/// \file
/// Virtual files of which a program only waits or takes whole records: signalfd, pidfd, mq_open.

#pragma once

#include "base/units.h"
#include "rawposix/fs/virtual_file.h"
#include "uapi/errno.h"

namespace lind::rawposix {

/// What such files refuse alike.
class EventFile : public VirtualFile {
 public:
  using VirtualFile::VirtualFile;

  Result<std::size_t> write(Caller& /*caller*/, std::span<const std::byte> /*from*/,
                            Offset /*offset*/) override {
    return uapi::Errno::kEINVAL;
  }
  Result<std::int64_t> seek(std::int64_t /*offset*/, std::int32_t /*whence*/) override {
    return uapi::Errno::kESPIPE;
  }
  Result<std::size_t> list(Caller& /*caller*/, std::span<std::byte> /*into*/) override {
    return uapi::Errno::kENOTDIR;
  }
  Result<std::int64_t> ioctl(Caller& /*caller*/, std::uint32_t /*request*/,
                             runtime::GuestBytes /*arg*/) override {
    return uapi::Errno::kENOTTY;
  }
  /// An inode without a type, as Linux's anonymous ones.
  Result<struct stat> status(Caller& /*caller*/) override {
    struct stat status{};
    status.st_mode = 0600;
    status.st_nlink = 1;
    status.st_blksize = kHostPageSize;
    return status;
  }
};

}  // namespace lind::rawposix
