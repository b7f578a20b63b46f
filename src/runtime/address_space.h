/// \file
/// One linear memory: its reservation, its backing memfd and its list of areas.  TCB.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/units.h"
#include "host/mapping.h"
#include "host/memfd.h"
#include "host/unique_fd.h"
#include "runtime/guest_memory.h"
#include "vmabi/layout.h"

namespace lind::runtime {

class AreaList;
class ThreadGate;
struct ForkHistory;
struct Region;

enum class Access : std::uint8_t { kRead, kWrite };

/// PROT_READ and PROT_WRITE of one area; execution is never granted.
struct Protection {
  bool read = false;
  bool write = false;
  friend bool operator==(const Protection&, const Protection&) = default;
};

/// What stands behind an area.
enum class Backing : std::uint8_t {
  kOwn,          ///< the cage's memfd at the same offset: program, heap, anonymous private
  kSharedFile,   ///< MAP_SHARED of a descriptor; the same pages in parent and child
  kPrivateFile,  ///< MAP_PRIVATE of a descriptor; the child gets a copy of what was written
  kSharedAnon,   ///< MAP_SHARED without a file: a memfd of its own
};

/// One mapping of the linear memory: [start, start + num_bytes), host-page aligned.
struct Area {
  std::uint64_t start;
  std::uint64_t num_bytes;
  Protection protection;
  Backing backing;
  std::shared_ptr<host::UniqueFd> file = nullptr;  ///< null for kOwn
  std::uint64_t file_offset = 0;
  bool was_writable = false;  ///< ever since it was mapped; if not, a private file is unchanged
};

/// Memory of the host that a linear memory holds.
struct ResidentPart {
  std::uint64_t num_bytes = 0;
  const void* shared = nullptr;  ///< same for everybody who holds it too; null: its own
};

/// Whether somebody besides the caller may write a memory at this moment: another guest thread, or
/// the host kernel for a system call.
enum class OtherWriters : std::uint8_t { kNone, kPossible };

/// The guest ranges that system calls in flight may write (one object per guest thread).
/// Threading: written by its thread, read by a thread that forks or thaws.
class InFlightRanges {
 public:
  static constexpr std::size_t kMaxRanges = 16;
  struct Range {
    std::atomic<std::uint64_t> start{0};
    std::atomic<std::uint64_t> end{0};  ///< 0: slot is free
  };
  /// Publishes [start, end); when all slots are taken the last one grows to cover it.
  std::size_t publish(std::uint64_t start, std::uint64_t end) noexcept;
  void retract(std::size_t slot) noexcept;
  /// Whether a published range meets [start, end).
  bool overlaps(std::uint64_t start, std::uint64_t end) const noexcept;
  bool empty() const noexcept { return !overlaps(0, ~std::uint64_t{0}); }

 private:
  std::array<Range, kMaxRanges> ranges_;
  std::size_t num_in_last_ = 0;  ///< its thread alone
};

/// A linear memory and the only door between host code and its bytes.
///
/// Guest memory is hostile: while a method runs, other threads of the guest may write, protect
/// or unmap the same bytes.  The methods promise: a range is checked as a whole, in 64 bits,
/// before its first byte is used; a byte is fetched once; a fault in the middle of a copy is
/// EFAULT, not a crash of the host (copies run in an assembly routine with a fault range).
///
/// Ownership: counted (shared_ptr): threads and vfork share one.
/// Threading: copies run on any thread without a lock.  Changes of the area list take mu_.
/// Lock order: AddressSpace::mu_ is a leaf; nothing is called under it but the host kernel.
class AddressSpace : public std::enable_shared_from_this<AddressSpace> {
 public:
  enum class Kind : std::uint8_t {
    kPosix,  ///< a Lind program's: areas decide, memory.size is only the brk
    kWasm,   ///< exact WebAssembly: [0, pages) is accessible, nothing else
  };
  /// Where the entries of a call table lie.
  struct TableWindow {
    std::uint32_t index;         ///< of the table
    std::int64_t window_offset;  ///< of entry 0 from the memory's start
    std::uint64_t capacity;      ///< entries
  };
  struct Options {
    Kind kind = Kind::kPosix;
    std::uint64_t initial_pages = 0;  ///< wasm pages
    std::uint64_t max_pages = 65536;  ///< wasm pages; grow beyond fails
    std::vector<TableWindow> tables = {};
    /// Bytes from base() that are reserved; more than a 32-bit memory's if further memories follow.
    std::uint64_t span_bytes = vmabi::kMemoryReservedBytes + vmabi::kGuardBytes;
  };

  /// Errors: ENOMEM, EMFILE, ENFILE as the host reports them; those of commit_table.
  static Result<std::shared_ptr<AddressSpace>> create(const Options& options);
  ~AddressSpace();
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  /// A child's memory: same areas, private contents copied or shared until one side writes, shared
  /// ones shared; table windows and state page copied too.  Stores of the parent's other threads
  /// may or may not be seen.  docs/fork.md.
  /// Errors: ENOMEM and what the host reports; the parent goes on as it was.
  Result<std::shared_ptr<AddressSpace>> fork(OtherWriters writers);
  /// Another memory that begins as this one is and can be made so again, any number of times.  Its
  /// pages are this one's until it writes them, and it has no file of its own.
  /// Requires: all of this memory is its own and has not been shared by a fork; nothing writes it
  ///   from now on, while any clone lives.  Errors: ENOMEM.
  Result<std::shared_ptr<AddressSpace>> clone() LIND_EXCLUDES(mu_);
  /// Whether the call tables of a memory differ from those that it began with.
  enum class Tables : std::uint8_t { kSame, kChanged };
  /// Makes a clone of `image` what it was at first.
  /// Requires: nothing runs in it.  Errors: ENOMEM; it can only be destroyed then.
  Result<void> reset_to(const AddressSpace& image, Tables tables) LIND_EXCLUDES(mu_);
  /// Undoes what fork did to the parent, if nobody shares its pages any more; later stores cost
  /// no copy of a page then.  Requires: nobody else writes this memory.
  void thaw() LIND_EXCLUDES(mu_);

  /// Whether thaw would find something to do.
  bool can_thaw() const LIND_EXCLUDES(mu_);
  /// Ends the sharing of pages by a copy of its own, if this side has written so much of them that
  /// faults on the rest would cost more.  Requires: nobody else writes this memory.
  void unshare() LIND_EXCLUDES(mu_);
  /// Whether `num_faults` page faults since the fork are enough to think of that.
  bool deserves_copy(std::uint64_t num_faults) const LIND_EXCLUDES(mu_);
  /// Own pages are shared with a relative until one side writes.  A hint, may be late.
  bool is_frozen() const noexcept { return is_frozen_.load(std::memory_order_relaxed); }
  /// A thread that ends tells how many page faults it had; the parent's next fork copies at once
  /// if its children write much.
  void note_faults(std::uint64_t num_faults) LIND_EXCLUDES(mu_);

  /// The guest threads that run in this memory.
  ThreadGate& threads() noexcept { return *threads_; }

  /// Start of the linear memory: GS base.  For the entry code and the loader only.
  std::byte* base() const noexcept;

  /// Bytes from base() that are this memory's, or a WasmMemory's that is mapped there.
  std::uint64_t span_bytes() const noexcept;

  // --- bytes ------------------------------------------------------------------------------
  /// Errors of all: EFAULT.  After an error the destination holds unspecified bytes.
  Result<void> copy_in(std::span<std::byte> dst, GuestAddr src) const;
  Result<void> copy_out(GuestAddr dst, std::span<const std::byte> src);
  /// copy_out for a thread that is none of this memory's: not while the memory is forked or thawed,
  /// where the store could be lost.
  Result<void> copy_out_between_forks(GuestAddr dst, std::span<const std::byte> src)
      LIND_EXCLUDES(mu_);
  Result<void> fill(GuestAddr dst, std::byte value, std::uint64_t num_bytes);
  /// As memmove, inside this memory.
  Result<void> move(GuestAddr dst, GuestAddr src, std::uint64_t num_bytes);
  /// Copies a string of at most `max_bytes` bytes, not counting its NUL.
  /// Errors: EFAULT; ENAMETOOLONG if no NUL is found within `max_bytes + 1`.
  Result<std::string> read_cstring(GuestAddr src, std::size_t max_bytes) const;
  /// A range for the host kernel; see HostBuffer.  A length of zero is a valid, empty buffer.
  Result<HostBuffer> host_buffer(InFlightRanges& ranges, GuestAddr addr, std::uint64_t num_bytes,
                                 Access access);
  /// The address of an aligned 32-bit futex word, for the host kernel's futex call alone: host code
  /// that dereferences it may crash.  Errors: EFAULT, EINVAL if not 4-byte aligned.
  Result<std::uint32_t*> futex_word(GuestAddr addr);
  /// An atomic load of an aligned word.  Errors: EFAULT, EINVAL.
  Result<std::uint32_t> load_word(GuestAddr addr) const;
  /// Stores `desired` if the aligned word holds `expected`; returns what it held.
  /// Errors: EFAULT, EINVAL.
  Result<std::uint32_t> compare_exchange_word(GuestAddr addr, std::uint32_t expected,
                                              std::uint32_t desired);

  // --- arguments of calls that the host makes for a program ---------------------------------
  /// A program without Linux calls of its own (WASI) has them made by the host.  Their arguments
  /// must lie in its memory, because a grate copies them by cage and address, and must be out of
  /// its own reach.  So they are in rooms behind everything that compiled code can name.
  static constexpr std::uint64_t kCallRoomBytes = 64 * kKiB;
  /// The start of a room that is nobody else's; what is in it may be of the last one.
  /// Errors: ENOMEM.
  Result<GuestAddr> take_call_room() LIND_EXCLUDES(mu_);
  /// Requires: `start` is from take_call_room.
  void give_call_room(GuestAddr start) LIND_EXCLUDES(mu_);

  // --- pages ------------------------------------------------------------------------------
  std::uint64_t pages() const noexcept;  ///< memory.size, wasm pages
  /// memory.grow.  Returns the old size in pages; ENOMEM beyond the maximum.
  Result<std::uint64_t> grow(std::uint64_t delta_pages);

  struct MapRequest {
    std::uint64_t hint = 0;       ///< page aligned
    std::uint64_t num_bytes = 0;  ///< not zero; rounded up to pages
    Protection protection = {};
    Backing backing = Backing::kOwn;
    std::shared_ptr<host::UniqueFd> file = nullptr;
    std::uint64_t file_offset = 0;
    enum class Place : std::uint8_t { kAnywhere, kFixed, kFixedNoReplace } place = Place::kAnywhere;
  };
  /// Errors: EINVAL, ENOMEM (no room, or outside [64 KiB, 4 GiB - 1 MiB)), EEXIST, and the host's.
  Result<GuestAddr> map(const MapRequest& request) LIND_EXCLUDES(mu_);
  Result<void> unmap(GuestAddr start, std::uint64_t num_bytes) LIND_EXCLUDES(mu_);
  Result<void> protect(GuestAddr start, std::uint64_t num_bytes, Protection) LIND_EXCLUDES(mu_);
  enum class MoveAllowed : std::uint8_t { kNo, kYes };
  Result<GuestAddr> remap(GuestAddr start, std::uint64_t old_bytes, std::uint64_t new_bytes,
                          MoveAllowed) LIND_EXCLUDES(mu_);
  /// What becomes of the place that a mapping leaves.
  enum class OldPlace : std::uint8_t {
    kUnmapped,
    kEmptied,  ///< stays mapped, reads as zeros; of private memory without a file
  };
  /// Moves a mapping to `target`, or to any place, and gives it `new_bytes`.  What was mapped at a
  /// chosen target is gone, also when the move fails.
  /// Errors: EINVAL (a target that overlaps or is not aligned; kEmptied with another size or of
  /// other memory), EFAULT (not one mapping), ENOMEM.
  Result<GuestAddr> move_mapping(GuestAddr start, std::uint64_t old_bytes, std::uint64_t new_bytes,
                                 std::optional<GuestAddr> target, OldPlace) LIND_EXCLUDES(mu_);
  /// Drops contents as MADV_DONTNEED does: private memory reads as zeros, a private file as the
  /// file; shared mappings keep theirs.  Errors: EINVAL, ENOMEM (a hole in the range).
  Result<void> discard(GuestAddr start, std::uint64_t num_bytes) LIND_EXCLUDES(mu_);
  /// A snapshot of the list, by start.
  std::vector<Area> areas() const LIND_EXCLUDES(mu_);
  /// What it has resident: pages of its own, files that others may have too.
  std::vector<ResidentPart> resident_parts() const LIND_EXCLUDES(mu_);

  // --- state below the memory, for Instance and the builtins --------------------------------
  /// Makes the window of table `index` readable and writable, all zero.
  /// Errors: EINVAL if it does not lie inside the table windows, ENOMEM.
  Result<void> commit_table(const TableWindow& table) LIND_EXCLUDES(mu_);
  /// Writes entry `entry` of table `index`.  Requires: committed with a greater capacity.
  void set_table_entry(std::uint32_t index, std::uint32_t entry, vmabi::TableEntry value);
  /// Maps pages of a WasmMemory, readable and writable, in place of nothing.  Errors: ENOMEM.
  Result<void> map_foreign(std::uint64_t offset, std::uint64_t num_bytes,
                           const host::UniqueFd& file, std::uint64_t file_offset);
  Result<void> unmap_foreign(std::uint64_t offset, std::uint64_t num_bytes);
  /// What compiled code takes for the size of memory `index`.
  void set_memory_pages(std::uint32_t index, std::uint64_t pages);
  /// What compiled code compares table indices with.
  void set_table_size(std::uint32_t index, std::uint32_t entries);

 private:
  struct Tag {};

 public:
  explicit AddressSpace(Tag);  // for make_shared; use create()

 private:
  /// How the own areas are mapped.
  enum class Mode : std::uint8_t {
    kExclusive,  ///< shared; the file is the content, and this is its only user
    kFrozen,     ///< privately; a private page, if there is one, hides that of the file
    kMixed,      ///< a change between the two failed half-way; the only user of the file
  };

  vmabi::StatePage& state() const noexcept;
  std::uint64_t low_limit() const noexcept;
  std::uint64_t high_limit() const noexcept;
  Result<std::byte*> checked_range(GuestAddr addr, std::uint64_t num_bytes) const;
  bool in_call_rooms(std::uint64_t addr, std::uint64_t num_bytes) const noexcept;
  Result<std::uint32_t*> checked_word(GuestAddr addr) const;
  void set_pages(std::uint64_t pages) noexcept;

  Result<void> install_locked(const Area& area) LIND_REQUIRES(mu_);
  Result<void> remove_locked(std::uint64_t start, std::uint64_t end) LIND_REQUIRES(mu_);
  Result<std::uint64_t> place_locked(const MapRequest& request, std::uint64_t num_bytes)
      LIND_REQUIRES(mu_);
  Result<void> protect_piece_locked(const Area& piece, Protection protection) LIND_REQUIRES(mu_);
  Result<GuestAddr> move_locked(const Area& piece, std::uint64_t new_bytes, std::uint64_t target)
      LIND_REQUIRES(mu_);
  Result<std::uint64_t> gap_for_locked(std::uint64_t num_bytes) const LIND_REQUIRES(mu_);
  std::vector<host::Extent> own_extents_locked() const LIND_REQUIRES(mu_);
  Result<void> map_own_locked(const Area& area, Protection protection) LIND_REQUIRES(mu_);
  Result<std::vector<host::Extent>> private_pages_locked() const LIND_REQUIRES(mu_);
  Result<void> freeze_locked() LIND_REQUIRES(mu_);
  Result<void> fold_locked() LIND_REQUIRES(mu_);
  Result<void> thaw_locked() LIND_REQUIRES(mu_);
  Result<void> unshare_locked(const std::vector<host::Extent>& changed) LIND_REQUIRES(mu_);
  Result<void> map_shared_locked() LIND_REQUIRES(mu_);
  Result<void> protect_hidden_locked(host::PageAccess access) LIND_REQUIRES(mu_);
  void set_mode_locked(Mode mode) LIND_REQUIRES(mu_);
  bool invariants_hold_locked() const LIND_REQUIRES(mu_);
  Result<void> undo_stores_locked(const AddressSpace& image) LIND_REQUIRES(mu_);
  Result<void> copy_own_locked(AddressSpace& child) LIND_REQUIRES(mu_) LIND_REQUIRES(child.mu_);
  Result<void> share_own_locked(AddressSpace& child) LIND_REQUIRES(mu_) LIND_REQUIRES(child.mu_);
  Result<void> copy_changed_locked(AddressSpace& child, const Area& area,
                                   const std::vector<host::Extent>& pages) LIND_REQUIRES(mu_)
      LIND_REQUIRES(child.mu_);
  Result<void> fork_into_locked(AddressSpace& child, OtherWriters writers) LIND_REQUIRES(mu_)
      LIND_EXCLUDES(child.mu_);
  Result<void> copy_private_file_locked(AddressSpace& child, const Area& area) LIND_REQUIRES(mu_)
      LIND_REQUIRES(child.mu_);

  Kind kind_ = Kind::kPosix;
  std::uint64_t max_pages_ = 0;
  // Set by create and fork before anyone else sees the object, then constant.
  std::unique_ptr<Region> region_;

  mutable Mutex mu_;
  std::unique_ptr<AreaList> areas_ LIND_GUARDED_BY(mu_);

  Mode mode_ LIND_GUARDED_BY(mu_) = Mode::kExclusive;
  /// Not kExclusive: where the file's pages are none of ours; own areas are anonymous memory there.
  std::vector<host::Extent> detached_ LIND_GUARDED_BY(mu_);
  /// kMixed: what some areas still map of a file that unshare was leaving.
  std::unique_ptr<Region> left_behind_ LIND_GUARDED_BY(mu_);

  /// Mapped, from span_bytes() upwards; only grows.
  std::atomic<std::uint64_t> call_rooms_bytes_{0};
  std::vector<GuestAddr> free_call_rooms_ LIND_GUARDED_BY(mu_);

  std::atomic<bool> is_frozen_{false};            ///< mode_ is kFrozen
  std::shared_ptr<ForkHistory> history_;          ///< of its children; constant
  std::shared_ptr<ForkHistory> parents_history_;  ///< constant, null for a new program
  std::unique_ptr<ThreadGate> threads_;
  std::atomic<bool> has_foreign_pages_{false};
  bool is_clone_ = false;                                 ///< constant
  std::vector<host::Extent> found_ LIND_GUARDED_BY(mu_);  ///< of undo_stores_locked, to use again
};

template <typename T>
Result<T> GuestPtr<T>::read() const
  requires uapi::GuestType<T>
{
  T value{};
  LIND_TRY(owner_->copy_in(std::as_writable_bytes(std::span(&value, 1)), addr_));
  return value;
}

template <typename T>
Result<void> GuestPtr<T>::write(const T& value) const
  requires uapi::GuestType<T>
{
  return owner_->copy_out(addr_, std::as_bytes(std::span(&value, 1)));
}

}  // namespace lind::runtime
