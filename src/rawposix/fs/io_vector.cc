#include "rawposix/fs/io_vector.h"

#include <algorithm>

namespace lind::rawposix {

Result<runtime::HostBuffer> host_buffer(Caller& caller, runtime::GuestBytes buffer,
                                        std::uint64_t num_bytes, runtime::Access access) {
  return buffer.owner()->host_buffer(caller.in_flight(), buffer.addr(),
                                     std::min(num_bytes, uapi::kMaxTransfer), access);
}

Result<std::vector<uapi::Iovec>> read_iovec(runtime::GuestPtr<uapi::Iovec> vector,
                                            std::uint64_t count) {
  if (count > uapi::kIovMax) return uapi::Errno::kEINVAL;
  std::vector<uapi::Iovec> elements(count);
  if (count > 0) {
    LIND_TRY(vector.owner()->copy_in(std::as_writable_bytes(std::span(elements)), vector.addr()));
  }
  for (const uapi::Iovec& element : elements) {
    if (element.len > INT32_MAX) return uapi::Errno::kEINVAL;
  }
  return elements;
}

Result<IoVector> IoVector::create(Caller& caller, runtime::GuestPtr<uapi::Iovec> vector,
                                  std::uint64_t count, runtime::Access access) {
  const std::vector<uapi::Iovec> elements = LIND_TRY(read_iovec(vector, count));
  IoVector result;
  result.buffers_.reserve(count);
  result.host_.reserve(count);
  std::uint64_t room = uapi::kMaxTransfer;
  for (const uapi::Iovec& element : elements) {
    const std::uint64_t num_bytes = std::min<std::uint64_t>(element.len, room);
    room -= num_bytes;
    const runtime::GuestBytes buffer(vector.owner(), GuestAddr{element.base});
    result.buffers_.push_back(LIND_TRY(host_buffer(caller, buffer, num_bytes, access)));
    result.host_.push_back(result.buffers_.back().vec());
  }
  return result;
}

}  // namespace lind::rawposix
