#include <algorithm>
#include <lind/memory.h>

#include <fmt/core.h>

#include "base/checked.h"
#include "instance_state_internal.h"

namespace lind::embed {

std::uint64_t Memory::size() const noexcept {
  const runtime::AddressSpace* const memory = state_->memory_of(generation_);
  return memory == nullptr ? 0 : memory->pages() * kPageBytes;
}

bool Memory::has(std::uint64_t address, std::uint64_t num_bytes) const noexcept {
  return range_fits(address, num_bytes, size());
}

Error Memory::out_of_bounds(std::uint64_t address, std::uint64_t num_bytes) const {
  if (state_->memory_of(generation_) == nullptr) {
    return Error(ErrorKind::kState, "the instance has no memory, or is gone");
  }
  return Error(ErrorKind::kBounds,
               fmt::format("{} bytes at {}: the memory has {}", num_bytes, address, size()));
}

Result<std::uint64_t> Memory::grow(std::uint64_t delta_pages) const {
  runtime::AddressSpace* const memory = state_->memory_of(generation_);
  if (memory == nullptr) return out_of_bounds(0, 0);
  const lind::Result<std::uint64_t> old_pages = memory->grow(delta_pages);
  if (old_pages.ok()) return old_pages.value();
  return Error(ErrorKind::kLimit, fmt::format("the memory cannot grow by {} pages", delta_pages));
}

// A page that the machine cannot give is EFAULT in the middle of a copy.
Result<void> Memory::read(std::uint64_t address, std::span<std::byte> to) const {
  if (!has(address, to.size())) return out_of_bounds(address, to.size());
  if (state_->memory_of(generation_)->copy_in(to, GuestAddr{address}).ok()) return {};
  return Error(ErrorKind::kHost, "no memory for a page");
}

Result<void> Memory::write(std::uint64_t address, std::span<const std::byte> from) const {
  if (!has(address, from.size())) return out_of_bounds(address, from.size());
  if (state_->memory_of(generation_)->copy_out(GuestAddr{address}, from).ok()) return {};
  return Error(ErrorKind::kHost, "no memory for a page");
}

Result<std::string> Memory::read_string(std::uint64_t address, std::uint64_t num_bytes) const {
  if (!has(address, num_bytes)) return out_of_bounds(address, num_bytes);
  std::string text(num_bytes, '\0');
  const Result<void> done = read(address, std::as_writable_bytes(std::span(text)));
  if (!done.ok()) return done.error();
  return text;
}

std::span<std::byte> Memory::bytes() const noexcept {
  runtime::AddressSpace* const memory = state_->memory_of(generation_);
  if (memory == nullptr) return {};
  return {memory->base(), memory->pages() * kPageBytes};
}

}  // namespace lind::embed
