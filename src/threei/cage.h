/// \file
/// A cage as 3i sees it: an identity, a routing table, and the one entry for its calls.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "base/ids.h"
#include "runtime/supervisor.h"
#include "threei/call.h"
#include "threei/route_table.h"

namespace lind::threei {

/// What all cages of one instance share: the microvisor's entries and what --verbose reports.
struct Switchboard {
  /// Indexed by number; null entries answer ENOSYS.
  std::span<const MicrovisorEntry> microvisor;
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
  Cage(CageId id, Switchboard& switchboard, std::shared_ptr<const RouteSnapshot> routes);
  Cage(const Cage&) = delete;
  Cage& operator=(const Cage&) = delete;

  CageId id() const noexcept { return id_; }
  RouteTable& routes() noexcept { return routes_; }

  /// The only way from a guest to the microvisor: looks `number` up in this cage's table, or hands
  /// a service number (>= uapi::kServiceBase) to service().
  std::int64_t syscall(runtime::Thread& thread, std::int32_t number,
                       const runtime::SyscallArgs& args) final;

 protected:
  /// Services of the program's own runtime; not routable.  Result as a system call's.
  virtual std::int64_t service(runtime::Thread& thread, std::int32_t number,
                               const runtime::SyscallArgs& args) = 0;

 private:
  const CageId id_;
  Switchboard& switchboard_;
  RouteTable routes_;
};

}  // namespace lind::threei
