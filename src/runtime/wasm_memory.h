/// \file
/// A linear memory that is not an AddressSpace's own: of several in a module, with 64-bit
/// addresses, or seen by more than one instance.  TCB.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "host/unique_fd.h"

namespace lind::runtime {

class AddressSpace;

/// [0, pages) is accessible, nothing else; that is WebAssembly's own rule.  The bytes are a
/// memfd's, mapped into the reservation of every instance that sees the memory.
///
/// Threading: any.  Lock order: mu_ is a leaf.
class WasmMemory {
 public:
  struct Options {
    std::uint64_t initial_pages = 0;  ///< wasm pages
    std::uint64_t max_pages = 0;      ///< wasm pages; grow beyond fails
    bool is_shared = false;           ///< atomic waits are allowed
    bool has_wide_addresses = false;
  };

  /// Errors: ENOMEM (also for more than kMaxWideMemoryBytes), EMFILE, ENFILE.
  static Result<std::shared_ptr<WasmMemory>> create(const Options& options);
  WasmMemory(const WasmMemory&) = delete;
  WasmMemory& operator=(const WasmMemory&) = delete;

  const Options& options() const noexcept { return options_; }
  /// Now.
  std::uint64_t pages() const LIND_EXCLUDES(mu_);

  /// Maps the memory at `base` above GS as memory `index` of what runs in `space`.
  /// Requires: `address_bits` cover max_pages; nothing else is mapped there; remove_view before
  ///   `space` dies.  Errors: ENOMEM.
  Result<void> add_view(AddressSpace& space, std::uint32_t index, std::uint64_t base)
      LIND_EXCLUDES(mu_);
  void remove_view(const AddressSpace& space) LIND_EXCLUDES(mu_);

  /// memory.grow in every view.  Returns the old size in pages; ENOMEM beyond the maximum.
  Result<std::uint64_t> grow(std::uint64_t delta_pages) LIND_EXCLUDES(mu_);

 private:
  struct Tag {};

 public:
  WasmMemory(Tag, const Options& options) : options_(options) {}  // for make_shared; use create()

 private:
  struct View {
    AddressSpace* space;
    std::uint32_t index;
    std::uint64_t base;
  };
  Result<void> map_locked(const View& view, std::uint64_t from_page, std::uint64_t to_page)
      LIND_REQUIRES(mu_);

  const Options options_;
  host::UniqueFd memfd_;  // set by create, then constant
  mutable Mutex mu_;
  std::uint64_t pages_ LIND_GUARDED_BY(mu_) = 0;
  std::vector<View> views_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::runtime
