/// \file
/// A cage as 3i sees it: an identity, a routing table, and the one entry for its calls.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "runtime/supervisor.h"
#include "threei/call.h"
#include "threei/grate.h"
#include "threei/lineage.h"
#include "threei/route_table.h"

namespace lind::threei {

/// What all cages of one instance share: the microvisor's entries and what --verbose reports.
struct Switchboard {
  /// Indexed by number; null entries answer ENOSYS.
  std::span<const MicrovisorEntry> microvisor;
  /// A living cage by its number, null if there is none.
  std::function<std::shared_ptr<Cage>(CageId)> find;
  /// Calls of numbers that nobody answers, counted for `lind run --verbose`.
  std::array<std::atomic<std::uint64_t>, uapi::kSyscallLimit> unanswered{};
  std::atomic<std::uint64_t> unanswered_outside{0};  ///< numbers outside the table
  bool trace = false;  ///< `--debug`: one line on stderr for each call
};

/// Base of the microvisor's Process.
///
/// Threading: syscall runs on the calling guest's host thread, many at once.
class Cage : public runtime::Supervisor {
 public:
  struct Birth {
    std::shared_ptr<const RouteSnapshot> routes;
    std::shared_ptr<const Lineage> parent = nullptr;  ///< null: the first cage
  };
  Cage(CageId id, Switchboard& switchboard, Birth birth);
  ~Cage() override;
  Cage(const Cage&) = delete;
  Cage& operator=(const Cage&) = delete;

  CageId id() const noexcept { return id_; }
  RouteTable& routes() noexcept { return routes_; }
  const RouteTable& routes() const noexcept { return routes_; }
  const std::shared_ptr<Lineage>& lineage() const noexcept { return lineage_; }
  Switchboard& switchboard() noexcept { return switchboard_; }

  /// The only way from a guest to the microvisor: looks `number` up in this cage's table, or hands
  /// a service number (>= uapi::kServiceBase) to service().
  std::int64_t syscall(runtime::Thread& thread, std::int32_t number,
                       const runtime::SyscallArgs& args) final;
  /// Makes a call whose routes are looked up already; the result may be runtime::kRestart.
  std::int64_t dispatch(Route route, const Call& call);

  /// Whether this cage may change `other`'s routes, reach its memory and act for it.
  bool controls(const Cage& other) const noexcept {
    return other.lineage_->descends_from(*lineage_);
  }
  /// As a grate; made by the first call, closed when its program ends.
  std::shared_ptr<Grate> grate() LIND_EXCLUDES(grate_mu_);

  /// The program it runs.  Null if it has ended.
  virtual std::shared_ptr<runtime::Instance> current_instance() const = 0;
  /// Whether it has executed a program since it was forked.
  virtual bool has_executed() const = 0;
  /// An activation of this cage has left a call without an answer: whether it can answer others.
  /// Called while it is entered; if not, its thread is gone when this returns.
  virtual bool is_reusable(runtime::Thread& activation) = 0;

 protected:
  /// Services of the program's own runtime; not routable.  Result as a system call's.
  virtual std::int64_t service(runtime::Thread& thread, std::int32_t number,
                               const runtime::SyscallArgs& args) = 0;

  /// Ends the grate that this cage is, if it is one: see Grate::close.
  void close_grate() LIND_EXCLUDES(grate_mu_);
  /// Whether a grate is told of the cage's end.
  bool wants_exit_notice() const noexcept;
  /// Tells the grates that the cage has ended with `status`.  Requires: its last thread, current
  /// but outside guest code.
  void send_exit_notice(runtime::Thread& thread, std::int32_t status);

 private:
  // Inlined into syscall: calls nest through these, grate above grate, and the processor predicts
  // the way back out of some twenty functions only.
  [[gnu::always_inline]] std::int64_t make(runtime::Thread& thread, std::int32_t number,
                                           const runtime::SyscallArgs& args);
  [[gnu::always_inline]] std::int64_t dispatch_nested(Route route, const Call& call);
  [[gnu::always_inline]] std::int64_t call_grate(const Target& target, const Call& call);
  [[gnu::always_inline]] std::int64_t forward(runtime::Thread& thread);

  const CageId id_;
  Switchboard& switchboard_;
  const std::shared_ptr<Lineage> lineage_;
  RouteTable routes_;
  Mutex grate_mu_;  ///< leaf
  std::shared_ptr<Grate> grate_ LIND_GUARDED_BY(grate_mu_);
};

/// Whether `thread` is answering a call now.
bool is_answering(const runtime::Thread& thread) noexcept;
/// What fork_interpose has noted for the next fork of `thread`; forgotten by this call.
std::vector<std::pair<std::int32_t, Layer>> take_fork_routes(runtime::Thread& thread);

}  // namespace lind::threei
