/// \file
/// Which code answers each system call of one cage.  TCB: see docs/tcb.md.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "base/result.h"
#include "uapi/syscall_no.h"

namespace lind::threei {

/// Where one system call goes.  A plain value: it names a grate, it does not keep it alive.
struct Route {
  enum class Kind : std::uint8_t {
    kDeny,        ///< fail with `error`, call nothing
    kMicrovisor,  ///< the implementation in rawposix
  };
  Kind kind = Kind::kDeny;
  uapi::Errno error = uapi::Errno::kENOSYS;  ///< kDeny only
};

/// An immutable table; fork shares it, a change replaces it.
struct RouteSnapshot {
  std::array<Route, uapi::kSyscallLimit> routes;
};

/// The routes of one cage.
///
/// Ownership: each Cage owns one.  fork copies the reference to the snapshot; exec keeps it, so
///   that a program cannot shed its grates.
/// Threading: every method may run on any thread.  lookup takes no lock: it reads the current
///   snapshot, and replaced snapshots live as long as the table.
/// Lock order: RouteTable::mu_ is a leaf.
class RouteTable {
 public:
  /// Requires: `initial` is not null.
  explicit RouteTable(std::shared_ptr<const RouteSnapshot> initial);
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  /// The route of `number`.  Never fails: a number outside the table is denied with ENOSYS.
  Route lookup(std::int32_t number) const noexcept {
    if (number < 0 || number >= uapi::kSyscallLimit) return Route{};
    // Pairs with the release in set: a reader sees the routes the snapshot was built with.
    return current_.load(std::memory_order_acquire)->routes[static_cast<std::size_t>(number)];
  }

  /// Replaces the route of `number` and returns the one it had.
  /// Requires: the caller has checked that whoever asks may route this cage.
  /// Errors: EINVAL if `number` is not in [0, uapi::kSyscallLimit).
  Result<Route> set(std::int32_t number, Route route) LIND_EXCLUDES(mu_);

  /// The snapshot a child starts with.
  std::shared_ptr<const RouteSnapshot> snapshot() const LIND_EXCLUDES(mu_);

 private:
  mutable Mutex mu_;
  std::vector<std::shared_ptr<const RouteSnapshot>> kept_ LIND_GUARDED_BY(mu_);
  std::atomic<const RouteSnapshot*> current_;
};

}  // namespace lind::threei
