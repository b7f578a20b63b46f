/// \file
/// Who is whose parent, in which group and session, and who has ended.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/kernel.h"
#include "rawposix/proc/id_pool.h"
#include "rawposix/proc/usage.h"
#include "runtime/wait_queue.h"
#include "uapi/signal.h"

namespace lind::rawposix {

class Process;

/// The number of init, which the kernel itself plays: parent of the first process and of orphans,
/// whose ends it takes notice of silently.
inline constexpr std::uint32_t kInitPid = 1;

/// Which children a wait looks for.
struct WaitSelector {
  enum class Kind : std::uint8_t { kAny, kPid, kGroup };
  Kind kind = Kind::kAny;
  std::uint32_t id = 0;
};

/// What a wait has found.
struct WaitEvent {
  std::uint32_t pid = 0;
  std::int32_t status = 0;  ///< as wait4 stores it
  Usage usage;              ///< of the child and those it had reaped; only when it has ended
};

/// What a parent is told about a child.
struct ChildNews {
  std::uint32_t pid = 0;
  std::int32_t status = 0;  ///< as wait4 stores it
  std::int32_t signal = 0;  ///< to send to the parent, 0: none
  Usage usage;
};

/// The process table.
///
/// Ownership: the Kernel.  Holds each process until it is reaped.
/// Threading: any thread.
/// Lock order: ProcessTree::mu_, then Process::mu_ (in `tell` of end and report).
class ProcessTree {
 public:
  /// \param max_tasks  threads of all processes, zombies included
  explicit ProcessTree(std::uint32_t max_tasks = kMaxPid) : max_tasks_(max_tasks) {}

  /// Told about a child under mu_; returns whether the parent discards ended children.
  using Tell = std::function<bool(const std::shared_ptr<Process>& parent, const ChildNews& news)>;

  // --- numbers ------------------------------------------------------------------------------
  /// A number for a process or a thread that is about to be.
  /// \param limit  tasks (threads of all processes, and zombies) that there may be with it
  /// Errors: EAGAIN if there are as many as that or as the instance may have, or no number is left.
  Result<std::uint32_t> take_id(std::uint64_t limit = kMaxPid) LIND_EXCLUDES(mu_);
  void drop_id(std::uint32_t id) LIND_EXCLUDES(mu_);

  // --- births and deaths --------------------------------------------------------------------
  /// The first process: a group of its own in the kernel's session.
  void add_first(std::uint32_t pid, std::shared_ptr<Process> process) LIND_EXCLUDES(mu_);
  struct Birth {
    std::uint32_t parent;      ///< a living process
    std::int32_t exit_signal;  ///< 0: none
    bool vfork;
  };
  /// A child in its parent's group and session.  `pid` comes from take_id; the tree drops it
  /// when the process is reaped.
  void add(std::uint32_t pid, std::shared_ptr<Process> process, const Birth& birth)
      LIND_EXCLUDES(mu_);
  /// Undoes add for a process that could not be started; its number stays with the caller.
  void forget(std::uint32_t pid) LIND_EXCLUDES(mu_);
  /// The process has ended: its children go to init, its parent is told, and it stays a zombie
  /// unless nobody wants to know.
  /// Returns the groups that are orphaned by it and have stopped members.
  std::vector<std::uint32_t> end(std::uint32_t pid, std::int32_t status, const Usage& usage,
                                 const Tell& tell) LIND_EXCLUDES(mu_);
  /// The process has stopped (stopped_status) or goes on (kContinuedStatus); for wait.  Dropped if
  /// `still_true` says under mu_ that the contrary has happened meanwhile.
  void report(std::uint32_t pid, std::int32_t status, const std::function<bool()>& still_true,
              const Tell& tell) LIND_EXCLUDES(mu_);
  /// exec: the exit signal becomes SIGCHLD, a vfork parent goes on, setpgid by the parent ends.
  void executed(std::uint32_t pid) LIND_EXCLUDES(mu_);
  /// Sleeps until the vfork child `pid` of `parent` has executed or ended, or is no child of it.
  /// Errors: EINTR.
  Result<void> await_vfork(std::uint32_t parent, std::uint32_t pid, runtime::Thread& thread)
      LIND_EXCLUDES(mu_);

  /// Looks for a child to report; reaps it if it has ended and `options` have no WNOWAIT.
  /// Sleeps unless WNOHANG (then nothing).  Errors: ECHILD; EINTR.
  Result<std::optional<WaitEvent>> wait(std::uint32_t parent, const WaitSelector& selector,
                                        std::int32_t options, runtime::Thread& thread)
      LIND_EXCLUDES(mu_);
  /// As wait with WNOHANG.
  Result<std::optional<WaitEvent>> poll(std::uint32_t parent, const WaitSelector& selector,
                                        std::int32_t options) LIND_EXCLUDES(mu_);

  /// Sleeps until the process that add_first named has ended; returns its status.
  std::int32_t await_first() LIND_EXCLUDES(mu_);
  /// Sleeps until a process has left the tree after `seen` departures, or none is left.
  void await_departure(std::uint64_t seen) LIND_EXCLUDES(mu_);
  std::uint64_t departures() const LIND_EXCLUDES(mu_);
  ProcessTotals totals() const LIND_EXCLUDES(mu_);

  // --- who is who ---------------------------------------------------------------------------
  /// Null if there is no such process; a zombie is one.
  std::shared_ptr<Process> find(std::uint32_t pid) const LIND_EXCLUDES(mu_);
  std::vector<std::shared_ptr<Process>> group(std::uint32_t pgid) const LIND_EXCLUDES(mu_);
  std::vector<std::shared_ptr<Process>> all() const LIND_EXCLUDES(mu_);
  std::size_t size() const LIND_EXCLUDES(mu_);
  std::uint32_t parent_of(std::uint32_t pid) const LIND_EXCLUDES(mu_);
  /// Errors of all: ESRCH.
  Result<std::uint32_t> group_of(std::uint32_t pid) const LIND_EXCLUDES(mu_);
  Result<std::uint32_t> session_of(std::uint32_t pid) const LIND_EXCLUDES(mu_);
  Usage children_usage(std::uint32_t pid) const LIND_EXCLUDES(mu_);
  /// Whether nobody outside the group, but in its session, is a parent of a member.
  bool group_is_orphaned(std::uint32_t pgid) const LIND_EXCLUDES(mu_);

  /// Sends to every member of a group.
  void signal_group(std::uint32_t pgid, const uapi::SigInfo& info) LIND_EXCLUDES(mu_);
  /// The session of a group.  Errors: ESRCH if it has no member.
  Result<std::uint32_t> session_of_group(std::uint32_t pgid) const LIND_EXCLUDES(mu_);

  /// What /proc tells of a process beside its own state; zeros if there is no such process.
  struct Place {
    std::uint32_t parent = 0;
    std::uint32_t pgid = 0;
    std::uint32_t sid = 0;
    Usage children_usage = {};
  };
  Place place_of(std::uint32_t pid) const LIND_EXCLUDES(mu_);

  /// setpgid; both numbers are resolved (not 0).  Errors: ESRCH, EPERM, EACCES.
  Result<void> set_group(std::uint32_t caller, std::uint32_t pid, std::uint32_t pgid)
      LIND_EXCLUDES(mu_);
  /// setsid.  Errors: EPERM if the caller leads a group.
  Result<void> new_session(std::uint32_t pid) LIND_EXCLUDES(mu_);

 private:
  struct Node {
    std::shared_ptr<Process> process;
    std::uint32_t pid = 0;
    std::uint32_t parent = kInitPid;
    std::uint32_t pgid = 0;
    std::uint32_t sid = 0;
    std::int32_t exit_signal = 0;
    std::vector<std::uint32_t> children = {};
    bool executed = false;
    bool vfork = false;  ///< the parent sleeps in await_vfork
    bool ended = false;
    std::int32_t status = 0;       ///< once ended
    std::int32_t stop_status = 0;  ///< not yet waited for, 0: none
    bool continued = false;        ///< not yet waited for
    bool stopped = false;
    Usage usage = {};  ///< once ended
    Usage children_usage = {};
    std::shared_ptr<runtime::WaitQueue> child_changed = nullptr;
  };

  Node* find_locked(std::uint32_t pid) LIND_REQUIRES(mu_);
  const Node* find_locked(std::uint32_t pid) const LIND_REQUIRES(mu_);
  void insert_locked(Node node) LIND_REQUIRES(mu_);
  void reap_locked(std::uint32_t pid) LIND_REQUIRES(mu_);
  void release_vfork_locked(Node& node) LIND_REQUIRES(mu_);
  void adopt_children_locked(Node& node) LIND_REQUIRES(mu_);
  bool group_is_orphaned_locked(std::uint32_t pgid) const LIND_REQUIRES(mu_);
  void set_stopped_locked(Node& node, bool stopped) LIND_REQUIRES(mu_);
  bool has_stopped_locked(std::uint32_t pgid) const LIND_REQUIRES(mu_);
  std::vector<std::uint32_t> connected_groups_locked(const Node& node) const LIND_REQUIRES(mu_);
  std::shared_ptr<runtime::WaitQueue> end_locked(std::uint32_t pid, std::int32_t status,
                                                 const Usage& usage, const Tell& tell)
      LIND_REQUIRES(mu_);
  bool is_group_locked(std::uint32_t pgid, std::uint32_t sid) const LIND_REQUIRES(mu_);
  void move_locked(Node& node, std::uint32_t pgid, std::uint32_t sid) LIND_REQUIRES(mu_);
  static bool selected(const Node& child, const WaitSelector& selector, std::int32_t options);
  Result<std::optional<WaitEvent>> poll_locked(std::uint32_t parent, const WaitSelector& selector,
                                               std::int32_t options) LIND_REQUIRES(mu_);

  mutable Mutex mu_;
  const std::uint32_t max_tasks_;
  std::uint32_t num_tasks_ LIND_GUARDED_BY(mu_) = 0;  ///< numbers taken, not those held
  IdPool ids_ LIND_GUARDED_BY(mu_);
  std::map<std::uint32_t, Node> nodes_ LIND_GUARDED_BY(mu_);
  std::uint32_t first_ LIND_GUARDED_BY(mu_) = 0;
  std::int32_t num_stopped_ LIND_GUARDED_BY(mu_) = 0;
  std::optional<std::int32_t> first_status_ LIND_GUARDED_BY(mu_);
  std::uint64_t departures_ LIND_GUARDED_BY(mu_) = 0;
  ProcessTotals totals_ LIND_GUARDED_BY(mu_);
  std::condition_variable_any departed_;  ///< for the kernel's own thread; guests use child_changed
};

}  // namespace lind::rawposix
