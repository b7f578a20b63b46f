#include <algorithm>
#include <array>
#include <span>

#include "base/units.h"
#include "threei/copy_internal.h"

namespace lind::threei {
namespace {

constexpr std::uint64_t kChunkBytes = 16 * kKiB;

std::uint64_t to_page_end(std::uint64_t address) noexcept {
  return kHostPageSize - address % kHostPageSize;
}

Result<void> store(const CopyEnd& to, std::uint64_t offset, std::span<const std::byte> bytes) {
  const std::uint64_t at = to_u64(to.addr) + offset;
  if (at < offset) return uapi::Errno::kEFAULT;
  return to.runs_free ? to.memory->copy_out_between_forks(GuestAddr{at}, bytes)
                      : to.memory->copy_out(GuestAddr{at}, bytes);
}

Result<void> load(const CopyEnd& from, std::uint64_t offset, std::span<std::byte> bytes) {
  const std::uint64_t at = to_u64(from.addr) + offset;
  if (at < offset) return uapi::Errno::kEFAULT;
  return from.memory->copy_in(bytes, GuestAddr{at});
}

}  // namespace

Result<std::uint64_t> copy_between(const CopyEnd& to, const CopyEnd& from,
                                   std::uint64_t num_bytes) {
  std::array<std::byte, kChunkBytes> buffer;
  std::uint64_t done = 0;
  bool by_pages = false;  // after a fault: up to the page that faults
  while (done < num_bytes) {
    std::uint64_t wanted = std::min(num_bytes - done, kChunkBytes);
    if (by_pages) {
      wanted = std::min(
          {wanted, to_page_end(to_u64(to.addr) + done), to_page_end(to_u64(from.addr) + done)});
    }
    const std::span<std::byte> chunk = std::span(buffer).first(wanted);
    const bool copied = load(from, done, chunk).ok() && store(to, done, chunk).ok();
    if (copied) {
      done += wanted;
    } else if (!by_pages) {
      by_pages = true;
    } else {
      break;
    }
  }
  if (done == 0 && num_bytes > 0) return uapi::Errno::kEFAULT;
  return done;
}

Result<std::uint64_t> copy_string(const CopyEnd& to, const CopyEnd& from, std::uint64_t max_bytes) {
  std::array<std::byte, 256> buffer;
  for (std::uint64_t done = 0; done < max_bytes;) {
    const std::uint64_t wanted = std::min<std::uint64_t>(
        {max_bytes - done, buffer.size(), to_page_end(to_u64(from.addr) + done)});
    const std::span<std::byte> chunk = std::span(buffer).first(wanted);
    LIND_TRY(load(from, done, chunk));
    const auto end = std::ranges::find(chunk, std::byte{0});
    const bool has_end = end != chunk.end();
    const auto part =
        chunk.first(static_cast<std::size_t>(end - chunk.begin()) + (has_end ? 1 : 0));
    LIND_TRY(store(to, done, part));
    done += part.size();
    if (has_end) return done;
  }
  return uapi::Errno::kENAMETOOLONG;
}

}  // namespace lind::threei
