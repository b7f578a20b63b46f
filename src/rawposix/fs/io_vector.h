/// \file
/// Guest buffers as the host's readv and writev want them.

#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "rawposix/caller.h"
#include "runtime/address_space.h"
#include "runtime/guest_memory.h"
#include "uapi/file.h"

namespace lind::rawposix {

/// The buffers of one transfer; together at most uapi::kMaxTransfer bytes.
///
/// Ownership: lives for one call; its ranges are published while it does.
class IoVector {
 public:
  /// Errors: EINVAL for more than kIovMax elements or a length that is negative as an ssize_t of
  /// the guest; EFAULT for the array or a buffer outside the guest's address range.
  static Result<IoVector> create(Caller& caller, runtime::GuestPtr<uapi::Iovec> vector,
                                 std::uint64_t count, runtime::Access access);

  std::span<const iovec> host() const noexcept { return host_; }

 private:
  IoVector() = default;
  std::vector<runtime::HostBuffer> buffers_;
  std::vector<iovec> host_;
};

/// The elements themselves.  Errors: EINVAL as IoVector::create, EFAULT for the array.
Result<std::vector<uapi::Iovec>> read_iovec(runtime::GuestPtr<uapi::Iovec> vector,
                                            std::uint64_t count);

/// One buffer, its length cut to kMaxTransfer.  Errors: EFAULT.
Result<runtime::HostBuffer> host_buffer(Caller& caller, runtime::GuestBytes buffer,
                                        std::uint64_t num_bytes, runtime::Access access);

}  // namespace lind::rawposix
