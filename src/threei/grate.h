/// \file
/// A cage that answers calls of others, and the activations it answers them with.  TCB.

#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "base/result.h"
#include "runtime/address_space.h"
#include "runtime/thread.h"
#include "runtime/wait_queue.h"
#include "uapi/threei.h"

namespace lind::threei {

class Cage;

/// A guest thread of a grate without a host thread of its own: it answers a call on the host thread
/// of whoever calls.
///
/// Ownership: the Grate.  Its runtime::Thread belongs to the grate's process and lives until close
///   has returned; only who has entered the activation may touch it.
struct Activation {
  runtime::Thread* thread;
  runtime::AddressSpace* memory;  ///< its instance's
  runtime::EntryPoint entry;      ///< lind_grate_entry
  GuestAddr block;                ///< where it finds the uapi::GrateCall
  std::atomic<bool> busy{false};
  bool spent = false;  ///< left in the middle of a call for good: is not given out again
};

/// What routes name.  It outlives the process: who calls it then gets ESRCH.
///
/// A calling thread keeps the activations it has used (Lease), so that calls of different threads
/// share nothing that is written; only the first call of a thread takes mu_.
/// Threading: any thread.  Lock order: Grate::mu_ is a leaf but for WaitQueue's list.
class Grate : public std::enable_shared_from_this<Grate> {
 public:
  Grate(Cage& cage, CageId id) : cage_(cage), id_(id) {}
  Grate(const Grate&) = delete;
  Grate& operator=(const Grate&) = delete;

  CageId id() const noexcept { return id_; }
  bool closed() const noexcept { return closed_.load(); }
  /// Requires: between enter and leave, or from a thread of the cage.
  Cage& cage() const noexcept { return cage_; }

  /// An activation that is `caller`'s alone until it gives it back.  The last idle one makes
  /// another one before it is given out, so that there is always one that can. Errors: ESRCH
  /// (closed), EAGAIN (the grate cannot make one), ERESTARTSYS (a signal).
  Result<Activation*> take(runtime::Thread& caller) LIND_EXCLUDES(mu_);
  void give_back(Activation& activation) LIND_EXCLUDES(mu_);

  /// Between enter and leave the grate's process does not go.  False if it has begun to end.
  bool enter(Activation& activation) noexcept {
    // Pairs with close: it sets closed_ before it looks at busy, so one of us sees the other.
    activation.busy.exchange(true);
    if (!closed()) return true;
    leave(activation);
    return false;
  }
  void leave(Activation& activation) noexcept {
    activation.busy.exchange(false);
    if (closed()) tell_closer();
  }

  // --- for the grate's process --------------------------------------------------------------
  /// One more.  False if closed.
  bool add(runtime::Thread& thread, runtime::EntryPoint entry, GuestAddr block) LIND_EXCLUDES(mu_);
  /// Sleeps until an activation is idle.  Errors: ESRCH (closed), EINTR.
  Result<void> await_idle(runtime::Thread& thread) LIND_EXCLUDES(mu_);
  /// No call gets in any more; returns when the last one has left.
  /// Requires: its threads have been told to end; the caller answers no call of this grate.
  void close() LIND_EXCLUDES(mu_);

 private:
  void tell_closer() noexcept LIND_EXCLUDES(mu_);
  Result<void> grow_locked(runtime::Thread& caller) LIND_REQUIRES(mu_);
  bool any_busy_locked() const LIND_REQUIRES(mu_);

  Cage& cage_;
  const CageId id_;
  std::atomic<bool> closed_{false};
  Mutex mu_;
  std::vector<std::unique_ptr<Activation>> all_ LIND_GUARDED_BY(mu_);
  std::vector<Activation*> idle_ LIND_GUARDED_BY(mu_);
  bool growing_ LIND_GUARDED_BY(mu_) = false;
  std::uint64_t num_added_ LIND_GUARDED_BY(mu_) = 0;
  runtime::WaitQueue idle_changed_;
  std::condition_variable_any left_;  ///< the closer is no guest at that time
};

/// A thread's hold on an activation that it calls; empty after it was moved from.
class Lease {
 public:
  Lease(std::shared_ptr<Grate> grate, Activation& activation)
      : grate_(std::move(grate)), activation_(&activation) {}
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (grate_ != nullptr) grate_->give_back(*activation_);
  }
  const Grate* grate() const noexcept { return grate_.get(); }
  Activation& activation() const noexcept { return *activation_; }

 private:
  std::shared_ptr<Grate> grate_;
  Activation* activation_;
};

/// Writes the description of a call and has `activation` answer it.  Nothing if it left guest code,
/// or could not be told because the grate took away the memory of its own description.
/// Requires: entered.
[[gnu::always_inline]] inline std::optional<std::uint64_t> run_activation(
    Activation& activation, const uapi::GrateCall& call) {
  const auto description = std::as_bytes(std::span(&call, 1));
  if (!activation.memory->copy_out(activation.block, description).ok()) return {};
  const std::array<std::uint64_t, 1> words = {to_u64(activation.block)};
  return activation.thread->answer(activation.entry, words);
}

}  // namespace lind::threei
