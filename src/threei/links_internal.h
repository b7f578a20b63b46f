/// \file
/// What 3i keeps with a guest thread.

#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/supervisor.h"
#include "threei/call.h"
#include "threei/grate.h"
#include "threei/route_table.h"
#include "uapi/threei.h"

namespace lind::threei {

/// Threading: the thread's own, or, for an activation, who has entered it.
struct Links final : runtime::Attachment {
  std::vector<Lease> leases;  ///< the activations it calls, one for each grate

  // While it answers a call:
  const Call* answering = nullptr;
  std::uint32_t depth = 0;  ///< of calls that wait for this one
  /// What an interrupted call that it has forwarded would have answered; 0: none.
  std::int64_t restart = 0;

  std::vector<std::pair<std::int32_t, Layer>> fork_routes;
};

/// Where layers lead, the topmost first.  route_table.cc.
Route top_of(const RouteSnapshot::Stack& stack) noexcept;

/// Those of `thread`, null if it has none yet.
inline Links* find_links(const runtime::Thread& thread) noexcept {
  // Nobody else attaches anything.
  return static_cast<Links*>(thread.attachment());
}
Links& links_of(runtime::Thread& thread);

/// Numbers that the host alone raises; a grate passes them on by forward.
constexpr bool is_event(std::int32_t number) noexcept {
  return number == static_cast<std::int32_t>(uapi::SyscallNo::k_exit_notice) ||
         (number >= uapi::kFirstEvent && number < uapi::kSyscallLimit);
}

inline bool is_restart(std::int64_t result) noexcept {
  return result == runtime::kRestart || result == runtime::kRestartNoHandler;
}
/// What `thread` has made for a call that it answers ended with `result`.
inline void note_restart(const runtime::Thread& thread, std::int64_t result) noexcept {
  if (!is_restart(result)) return;
  Links* const links = find_links(thread);
  if (links != nullptr && links->answering != nullptr) links->restart = result;
}

/// 3i's own calls but forward, as a route of kind kThreei reaches them.
std::int64_t answer_threei(const Call& call);

}  // namespace lind::threei
