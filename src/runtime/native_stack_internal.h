/// \file
/// Native stacks of guest threads.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/units.h"
#include "host/mapping.h"
#include "runtime/thread.h"

namespace lind::runtime {

/// Larger than any frame (the compiler refuses larger ones), so that no call steps over it.
inline constexpr std::uint64_t kNativeGuardBytes = 64 * kKiB;
/// All stacks end at a multiple of this, so that a copied stack keeps every alignment.
inline constexpr std::uint64_t kNativeStackAlignment = 64 * kKiB;

/// One stack: [low, high) usable, the guard below low.
class NativeStack {
 public:
  NativeStack() = default;
  /// `num_bytes`: a multiple of kNativeStackAlignment.  Errors: ENOMEM.
  static Result<NativeStack> create(std::uint64_t num_bytes);

  std::uint64_t low() const noexcept;
  std::uint64_t high() const noexcept;
  bool valid() const noexcept { return pages_.data() != nullptr; }
  /// Forgets all contents: the next user finds zeros.
  void clear() noexcept;

 private:
  host::Mapping pages_;
};

/// The stacks that the calling host thread lends to guest threads which have none of their own.
///
/// A stack goes back as it is: who borrows it again finds it without a fault.  For anybody else
/// it is cleared first, so that guests see nothing of one another.
/// Threading: each host thread has its own.
class LentStacks {
 public:
  static LentStacks& of_this_thread();

  /// `borrower` is a number that no two guest threads share.  Errors: ENOMEM.
  Result<NativeStack> borrow(std::uint64_t borrower);
  void give_back(NativeStack stack, std::uint64_t borrower);

 private:
  struct Lent {
    NativeStack stack;
    std::uint64_t last_borrower;
  };
  std::vector<Lent> idle_;
};

/// Threading: any.  Lock order: NativeStackPool::mu_ is a leaf.
class NativeStackPool {
 public:
  /// The pool of this process.  Never destroyed: guest threads may end after main.
  static NativeStackPool& instance();

  /// Of all stacks, for a fork copies one to another.  Requires: before the first take.
  void set_stack_bytes(std::uint64_t num_bytes) noexcept { stack_bytes_ = num_bytes; }

  Result<NativeStack> take() LIND_EXCLUDES(mu_);
  void give(NativeStack stack) LIND_EXCLUDES(mu_);

 private:
  static constexpr std::size_t kMaxStacks = 64;

  std::uint64_t stack_bytes_ = kDefaultNativeStackBytes;  ///< constant from the first take on
  Mutex mu_;
  std::vector<NativeStack> stacks_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::runtime
