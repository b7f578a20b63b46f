#include "runtime/wasm_memory.h"

#include <algorithm>

#include "base/checked.h"
#include "base/units.h"
#include "host/memfd.h"
#include "runtime/address_space.h"
#include "vmabi/layout.h"

namespace lind::runtime {

using uapi::Errno;

Result<std::shared_ptr<WasmMemory>> WasmMemory::create(const Options& options) {
  constexpr std::uint64_t kMaxPages = vmabi::kMaxWideMemoryBytes / kWasmPageSize;
  Options bounded = options;
  bounded.max_pages = std::min(options.max_pages, kMaxPages);
  if (!options.has_wide_addresses) {
    bounded.max_pages = std::min(bounded.max_pages, vmabi::kGuestAddressBytes / kWasmPageSize);
  }
  if (options.initial_pages > bounded.max_pages) return Errno::kENOMEM;
  auto memory = std::make_shared<WasmMemory>(Tag{}, bounded);
  memory->memfd_ = LIND_TRY(host::create_memfd("lind-memory", bounded.max_pages * kWasmPageSize));
  const MutexLock lock(memory->mu_);
  memory->pages_ = options.initial_pages;
  return memory;
}

std::uint64_t WasmMemory::pages() const {
  const MutexLock lock(mu_);
  return pages_;
}

Result<void> WasmMemory::map_locked(const View& view, std::uint64_t from_page,
                                    std::uint64_t to_page) {
  if (from_page == to_page) return {};
  return view.space->map_foreign(view.base + from_page * kWasmPageSize,
                                 (to_page - from_page) * kWasmPageSize, memfd_,
                                 from_page * kWasmPageSize);
}

Result<void> WasmMemory::add_view(AddressSpace& space, std::uint32_t index, std::uint64_t base) {
  const View view{&space, index, base};
  const MutexLock lock(mu_);
  LIND_TRY(map_locked(view, 0, pages_));
  space.set_memory_pages(index, pages_);
  views_.push_back(view);
  return {};
}

void WasmMemory::remove_view(const AddressSpace& space) {
  const MutexLock lock(mu_);
  std::erase_if(views_, [&space](const View& view) { return view.space == &space; });
}

Result<std::uint64_t> WasmMemory::grow(std::uint64_t delta_pages) {
  const MutexLock lock(mu_);
  const std::uint64_t old_pages = pages_;
  if (delta_pages > options_.max_pages - old_pages) return Errno::kENOMEM;
  const std::uint64_t new_pages = old_pages + delta_pages;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    const Result<void> mapped = map_locked(views_[i], old_pages, new_pages);
    if (mapped.ok()) continue;
    // Who sees the old size must not find pages behind it.
    for (const View& done : std::span(views_).first(i)) {
      (void)done.space->unmap_foreign(done.base + old_pages * kWasmPageSize,
                                      delta_pages * kWasmPageSize);
    }
    return mapped.error();
  }
  pages_ = new_pages;
  for (const View& view : views_)
    view.space->set_memory_pages(view.index, new_pages);
  return old_pages;
}

}  // namespace lind::runtime
