#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/checked.h"
#include "base/units.h"
#include "runtime/address_space.h"
#include "runtime/guest_copy_internal.h"
#include "runtime/guest_memory.h"
#include "runtime/region_copy_internal.h"
#include "runtime/region_internal.h"

namespace lind::runtime {
namespace {

Result<void> copied(int fault) {
  if (fault != 0) return uapi::Errno::kEFAULT;
  return {};
}

}  // namespace

std::byte* AddressSpace::base() const noexcept {
  return region_->base();
}

// The reservation holds every address below 4 GiB: protection decides about the rest by a fault,
// which the copy routines turn into an error.
Result<std::byte*> AddressSpace::checked_range(GuestAddr addr, std::uint64_t num_bytes) const {
  if (!range_fits(to_u64(addr), num_bytes, vmabi::kGuestAddressBytes) &&
      !in_call_rooms(to_u64(addr), num_bytes)) {
    return uapi::Errno::kEFAULT;
  }
  return region_->base() + to_u64(addr);
}

Result<std::uint32_t*> AddressSpace::checked_word(GuestAddr addr) const {
  if (!is_aligned(to_u64(addr), sizeof(std::uint32_t))) return uapi::Errno::kEINVAL;
  std::byte* const bytes = LIND_TRY(checked_range(addr, sizeof(std::uint32_t)));
  // SAFETY: checked_range() put the four bytes inside the reservation, and they are aligned; users
  // reach them through routines with a fault range or through the host kernel.
  return reinterpret_cast<std::uint32_t*>(bytes);
}

Result<void> AddressSpace::copy_in(std::span<std::byte> dst, GuestAddr src) const {
  const std::byte* const from = LIND_TRY(checked_range(src, dst.size()));
  return copied(lind_copy_forward(dst.data(), from, dst.size()));
}

Result<void> AddressSpace::copy_out(GuestAddr dst, std::span<const std::byte> src) {
  std::byte* const to = LIND_TRY(checked_range(dst, src.size()));
  return copied(lind_copy_forward(to, src.data(), src.size()));
}

Result<void> AddressSpace::copy_out_between_forks(GuestAddr dst, std::span<const std::byte> src) {
  const MutexLock lock(mu_);
  return copy_out(dst, src);
}

Result<void> AddressSpace::fill(GuestAddr dst, std::byte value, std::uint64_t num_bytes) {
  std::byte* const to = LIND_TRY(checked_range(dst, num_bytes));
  return copied(lind_copy_fill(to, std::to_integer<int>(value), num_bytes));
}

Result<void> AddressSpace::move(GuestAddr dst, GuestAddr src, std::uint64_t num_bytes) {
  std::byte* const to = LIND_TRY(checked_range(dst, num_bytes));
  const std::byte* const from = LIND_TRY(checked_range(src, num_bytes));
  // Ascending addresses are wrong only where the destination starts inside the source.  (The small
  // sizes of lind_copy_forward load all before they store; larger ones ascend.)
  const bool backward = to > from && to < from + num_bytes;
  return copied(backward ? lind_copy_backward(to, from, num_bytes)
                         : lind_copy_forward(to, from, num_bytes));
}

Result<std::string> AddressSpace::read_cstring(GuestAddr src, std::size_t max_bytes) const {
  std::string text;
  std::array<char, 256> chunk{};
  std::uint64_t at = to_u64(src);
  while (text.size() <= max_bytes) {
    // Never beyond the page: the string may end right before one that is not mapped.
    const std::uint64_t to_page_end = kHostPageSize - at % kHostPageSize;
    const std::uint64_t wanted = std::min<std::uint64_t>(chunk.size(), to_page_end);
    const std::span<char> part = std::span(chunk).first(wanted);
    LIND_TRY(copy_in(std::as_writable_bytes(part), GuestAddr{at}));
    const auto end = std::find(part.begin(), part.end(), '\0');
    text.append(part.begin(), end);
    if (end != part.end()) break;
    at += wanted;
  }
  if (text.size() > max_bytes) return uapi::Errno::kENAMETOOLONG;
  return text;
}

Result<HostBuffer> AddressSpace::host_buffer(InFlightRanges& ranges, GuestAddr addr,
                                             std::uint64_t num_bytes, Access access) {
  std::byte* const start = LIND_TRY(checked_range(addr, num_bytes));
  if (access == Access::kRead || num_bytes == 0) {
    return HostBuffer(iovec{start, num_bytes}, nullptr, 0);
  }
  const std::size_t slot = ranges.publish(to_u64(addr), to_u64(addr) + num_bytes);
  return HostBuffer(iovec{start, num_bytes}, &ranges, slot);
}

Result<std::uint32_t*> AddressSpace::futex_word(GuestAddr addr) {
  return checked_word(addr);
}

Result<std::uint32_t> AddressSpace::load_word(GuestAddr addr) const {
  const std::uint32_t* const word = LIND_TRY(checked_word(addr));
  std::uint32_t value = 0;
  LIND_TRY(copied(lind_copy_load32(&value, word)));
  return value;
}

Result<std::uint32_t> AddressSpace::compare_exchange_word(GuestAddr addr, std::uint32_t expected,
                                                          std::uint32_t desired) {
  std::uint32_t* const word = LIND_TRY(checked_word(addr));
  LIND_TRY(copied(lind_copy_exchange32(word, &expected, desired)));
  return expected;
}

HostBuffer::HostBuffer(HostBuffer&& other) noexcept
    : vec_(other.vec_), ranges_(std::exchange(other.ranges_, nullptr)), slot_(other.slot_) {}

HostBuffer::~HostBuffer() {
  if (ranges_ != nullptr) ranges_->retract(slot_);
}

// --- state page and tables: written by the host, read by compiled code ------------------------

vmabi::StatePage& AddressSpace::state() const noexcept {
  return state_page(*region_);
}

std::uint64_t AddressSpace::pages() const noexcept {
  return std::atomic_ref(state().memory_pages).load();
}

void AddressSpace::set_pages(std::uint64_t pages) noexcept {
  std::atomic_ref(state().memory_pages).store(pages);
}

void AddressSpace::set_memory_pages(std::uint32_t index, std::uint64_t pages) {
  LIND_CHECK(index < vmabi::kMaxMemories);
  std::atomic_ref(index == 0 ? state().memory_pages : state().further_pages[index - 1])
      .store(pages);
}

void AddressSpace::set_table_size(std::uint32_t index, std::uint32_t entries) {
  LIND_CHECK(index < vmabi::kMaxTables);
  std::atomic_ref(state().table_size[index]).store(entries);
}

void AddressSpace::set_table_entry(std::uint32_t index, std::uint32_t entry,
                                   vmabi::TableEntry value) {
  const std::uint64_t at = std::uint64_t{entry} * sizeof(vmabi::TableEntry);
  std::byte* target = nullptr;
  for (const Window& window : region_->windows) {
    if (window.table == index && at < window.num_bytes) {
      target = region_->base() + window.offset + at;
    }
  }
  LIND_CHECK(target != nullptr);
  // SAFETY: inside a committed window (checked above) and eight-byte aligned; compiled code loads
  // an entry as one 8-byte word, so it must be stored as one.
  std::atomic_ref(*reinterpret_cast<std::uint64_t*>(target))
      .store(std::bit_cast<std::uint64_t>(value));
}

}  // namespace lind::runtime
