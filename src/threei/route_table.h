/// \file
/// Which code answers each system call of one cage.  TCB: see docs/tcb.md.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "base/result.h"
#include "threei/lineage.h"
#include "uapi/syscall_no.h"

namespace lind::threei {

class Grate;

/// A function of a grate.  Immutable; aligned so that a route word has room for its kind.
struct alignas(16) Target {
  std::shared_ptr<Grate> grate;
  std::uint32_t handler = 0;  ///< index in the grate's function table
  std::uint32_t flags = 0;    ///< uapi::kRouteReference
};

/// Where one system call goes.  A plain value: it names a target, it does not keep it alive.
class Route {
 public:
  enum class Kind : std::uint8_t {
    kDeny,        ///< fail with `error`, call nothing
    kMicrovisor,  ///< the implementation in rawposix
    kThreei,      ///< a call of 3i itself
    kGrate,       ///< the function `target`
  };
  /// Denied with ENOSYS.
  constexpr Route() = default;
  static constexpr Route deny(uapi::Errno error) noexcept {
    return Route(static_cast<std::uint64_t>(error) << kErrorShift);
  }
  static constexpr Route microvisor() noexcept { return Route(1); }
  static constexpr Route threei() noexcept { return Route(2); }
  /// Requires: `target` outlives every use of the route.
  static Route to(const Target& target) noexcept;

  Kind kind() const noexcept { return static_cast<Kind>(word_ & kKindMask); }
  uapi::Errno error() const noexcept { return static_cast<uapi::Errno>(word_ >> kErrorShift); }
  /// Requires: kGrate.
  const Target& target() const noexcept;

  static constexpr Route of_word(std::uint64_t word) noexcept { return Route(word); }
  constexpr std::uint64_t word() const noexcept { return word_; }

 private:
  static constexpr std::uint64_t kKindMask = 3;
  static constexpr int kErrorShift = 8;
  explicit constexpr Route(std::uint64_t word) noexcept : word_(word) {}
  std::uint64_t word_ = static_cast<std::uint64_t>(uapi::Errno::kENOSYS) << kErrorShift;
};

/// What somebody has laid over a number; it goes where the topmost one that does not pass says.
struct Layer {
  enum class Kind : std::uint8_t { kTarget, kDeny, kPass };
  std::shared_ptr<const Lineage> owner;  ///< who registered it and may take it away
  Kind kind = Kind::kPass;
  bool wildcard = false;  ///< not named: gives way to what its owner says about this number
  uapi::Errno error = uapi::Errno::kENOSYS;        ///< kDeny
  std::shared_ptr<const Target> target = nullptr;  ///< kTarget
};

/// A table as a child starts with.
struct RouteSnapshot {
  struct Stack {
    Route bottom;
    std::vector<Layer> layers;  ///< the topmost last
  };
  std::array<std::atomic<std::uint64_t>, uapi::kSyscallLimit> words;
  std::map<std::int32_t, Stack> stacks;  ///< of numbers that somebody has changed
  /// Every target that a word has ever led to: a call in flight may still use it.
  std::vector<std::shared_ptr<const Target>> targets;
  bool sealed = false;

  /// Denies everything with ENOSYS.
  RouteSnapshot();
  RouteSnapshot(const RouteSnapshot& other);
  RouteSnapshot& operator=(const RouteSnapshot&) = delete;
};

/// The routes of one cage.
///
/// Ownership: each Cage owns one.  fork shares the snapshot, the first change afterwards makes a
/// copy
///   of its own; exec keeps it, so that a program cannot shed its grates.
/// Threading: every method may run on any thread.  lookup takes no lock: one load.  A call in
/// flight
///   keeps the route it looked up; a change is seen by calls that start after it.
/// Lock order: RouteTable::mu_ is a leaf; two are never held together.
class RouteTable {
 public:
  /// Layers of one number, and targets of one table.
  static constexpr std::size_t kMaxLayers = 64;
  static constexpr std::size_t kMaxTargets = 65536;

  /// Requires: `initial` is not null.
  explicit RouteTable(std::shared_ptr<const RouteSnapshot> initial);
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  /// The route of `number`.  Never fails: a number outside the table is denied with ENOSYS.
  Route lookup(std::int32_t number) const noexcept {
    if (number < 0 || number >= uapi::kSyscallLimit) return Route();
    // Pairs with the releases in own_locked and settle: a reader sees what the word leads to.
    const RouteSnapshot* const current = current_.load(std::memory_order_acquire);
    return Route::of_word(
        current->words[static_cast<std::size_t>(number)].load(std::memory_order_acquire));
  }

  /// Lays `layer` over `number` (or, as a wildcard, over every Linux number that its owner has not
  /// named), in the place of what the same owner had there.
  /// Requires: the caller has checked that the owner may route this cage.
  /// Errors: EINVAL (number); EPERM (sealed); ENOSPC (kMaxLayers, kMaxTargets).
  Result<void> add(std::int32_t number, Layer layer) LIND_EXCLUDES(mu_);
  /// Takes away what `owner` has laid over `number`; what was beneath answers again.
  /// Errors: EINVAL (number); EPERM (sealed); ENOENT (nothing of this owner).
  Result<void> remove(std::int32_t number, const Lineage& owner) LIND_EXCLUDES(mu_);
  /// Replaces the layers of `who` and its descendants by those that `from` has of them.  Layers of
  /// others stay beneath: nobody sheds what somebody outside has laid.
  /// Errors: EPERM (sealed), ENOSPC.
  Result<void> copy_from(const RouteSnapshot& from, const Lineage& who) LIND_EXCLUDES(mu_);
  /// No change from now on; children inherit that.
  void seal() LIND_EXCLUDES(mu_);

  /// Where `number` goes without layers, and its layers, the topmost last.
  /// Errors: EINVAL.
  Result<RouteSnapshot::Stack> stack(std::int32_t number) const LIND_EXCLUDES(mu_);
  /// Whether anybody has changed a number.
  bool has_layers() const LIND_EXCLUDES(mu_);
  /// What a child starts with.
  std::shared_ptr<const RouteSnapshot> snapshot() const LIND_EXCLUDES(mu_);

 private:
  RouteSnapshot& own_locked() LIND_REQUIRES(mu_);
  const RouteSnapshot& current_locked() const LIND_REQUIRES(mu_) { return own_ ? *own_ : *base_; }

  mutable Mutex mu_;
  const std::shared_ptr<const RouteSnapshot> base_;
  std::unique_ptr<RouteSnapshot> own_ LIND_GUARDED_BY(mu_);  ///< set by the first change
  std::atomic<const RouteSnapshot*> current_;
};

}  // namespace lind::threei
