#include "rawposix/proc/process_tree.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "rawposix/process.h"
#include "uapi/process.h"
#include "uapi/signal.h"

namespace lind::rawposix {

Result<std::uint32_t> ProcessTree::take_id(std::uint64_t limit) {
  const MutexLock lock(mu_);
  if (first_status_) return uapi::Errno::kEAGAIN;  // the instance ends: forks must end, too
  if (num_tasks_ >= std::min<std::uint64_t>(limit, max_tasks_)) return uapi::Errno::kEAGAIN;
  const std::optional<std::uint32_t> id = ids_.take();
  if (!id) return uapi::Errno::kEAGAIN;
  ++num_tasks_;
  return *id;
}

void ProcessTree::drop_id(std::uint32_t id) {
  const MutexLock lock(mu_);
  --num_tasks_;
  ids_.drop(id);
}

ProcessTree::Node* ProcessTree::find_locked(std::uint32_t pid) {
  const auto found = nodes_.find(pid);
  return found == nodes_.end() ? nullptr : &found->second;
}

const ProcessTree::Node* ProcessTree::find_locked(std::uint32_t pid) const {
  const auto found = nodes_.find(pid);
  return found == nodes_.end() ? nullptr : &found->second;
}

void ProcessTree::insert_locked(Node node) {
  node.child_changed = std::make_shared<runtime::WaitQueue>();
  ids_.hold(node.pgid);
  ids_.hold(node.sid);
  const std::uint32_t pid = node.pid;
  const bool added = nodes_.emplace(pid, std::move(node)).second;
  LIND_CHECK(added);
  ++totals_.started;
  totals_.most_at_once = std::max(totals_.most_at_once, nodes_.size());
}

void ProcessTree::add_first(std::uint32_t pid, std::shared_ptr<Process> process) {
  const MutexLock lock(mu_);
  first_ = pid;
  insert_locked({.process = std::move(process),
                 .pid = pid,
                 .parent = kInitPid,
                 .pgid = pid,
                 .sid = kInitPid,
                 .exit_signal = uapi::kSIGCHLD});
}

void ProcessTree::add(std::uint32_t pid, std::shared_ptr<Process> process, const Birth& birth) {
  const MutexLock lock(mu_);
  Node* const parent = find_locked(birth.parent);
  LIND_CHECK(parent != nullptr && !parent->ended);
  insert_locked({.process = std::move(process),
                 .pid = pid,
                 .parent = birth.parent,
                 .pgid = parent->pgid,
                 .sid = parent->sid,
                 .exit_signal = birth.exit_signal,
                 .vfork = birth.vfork});
  parent->children.push_back(pid);
}

void ProcessTree::forget(std::uint32_t pid) {
  const MutexLock lock(mu_);
  ids_.hold(pid);
  ++num_tasks_;
  reap_locked(pid);
}

void ProcessTree::reap_locked(std::uint32_t pid) {
  const auto found = nodes_.find(pid);
  Node& node = found->second;
  if (Node* const parent = find_locked(node.parent)) {
    std::erase(parent->children, pid);
    parent->children_usage += node.usage;
    parent->children_usage += node.children_usage;
  }
  if (pid == first_) first_status_ = node.status;
  ids_.drop(node.pgid);
  ids_.drop(node.sid);
  ids_.drop(pid);
  --num_tasks_;
  nodes_.erase(found);
  ++departures_;
  // Before the first process has ended the kernel's own thread sleeps for nothing else.
  if (first_status_) departed_.notify_all();
}

void ProcessTree::release_vfork_locked(Node& node) {
  if (!std::exchange(node.vfork, false)) return;
  if (Node* const parent = find_locked(node.parent)) parent->child_changed->wake_all();
}

void ProcessTree::adopt_children_locked(Node& node) {
  for (const std::uint32_t pid : std::exchange(node.children, {})) {
    Node* const child = find_locked(pid);
    child->parent = kInitPid;
    child->exit_signal = uapi::kSIGCHLD;
    if (child->ended) reap_locked(pid);
  }
}

// Returns what the parent sleeps on, if it has to be told.
std::shared_ptr<runtime::WaitQueue> ProcessTree::end_locked(std::uint32_t pid, std::int32_t status,
                                                            const Usage& usage, const Tell& tell) {
  Node* const node = find_locked(pid);
  LIND_CHECK(node != nullptr && !node->ended);
  adopt_children_locked(*node);
  node->ended = true;
  node->status = status;
  node->usage = usage;
  node->stop_status = 0;
  node->continued = false;
  set_stopped_locked(*node, false);
  release_vfork_locked(*node);
  Node* const parent = find_locked(node->parent);
  if (parent == nullptr) {
    reap_locked(pid);
    return nullptr;
  }
  const bool discarded = tell(
      parent->process, {.pid = pid, .status = status, .signal = node->exit_signal, .usage = usage});
  if (discarded) reap_locked(pid);
  return parent->child_changed;
}

// Source: exit_notify and kill_orphaned_pgrp, kernel/exit.c, v6.1.
std::vector<std::uint32_t> ProcessTree::end(std::uint32_t pid, std::int32_t status,
                                            const Usage& usage, const Tell& tell) {
  std::shared_ptr<runtime::WaitQueue> changed;
  std::vector<std::uint32_t> groups;
  {
    const MutexLock lock(mu_);
    if (num_stopped_ > 0) groups = connected_groups_locked(*find_locked(pid));
    changed = end_locked(pid, status, usage, tell);
    std::erase_if(groups, [&](std::uint32_t pgid) LIND_REQUIRES(mu_) {
      return !group_is_orphaned_locked(pgid) || !has_stopped_locked(pgid);
    });
  }
  // Without the lock, which the parent takes first of all.
  if (changed != nullptr) changed->wake_all();
  return groups;
}

// The groups that are not orphaned, perhaps only because of `node`: its own, its children's.
std::vector<std::uint32_t> ProcessTree::connected_groups_locked(const Node& node) const {
  std::vector<std::uint32_t> groups = {node.pgid};
  for (const std::uint32_t pid : node.children)
    groups.push_back(find_locked(pid)->pgid);
  std::ranges::sort(groups);
  const auto [first, last] = std::ranges::unique(groups);
  groups.erase(first, last);
  std::erase_if(groups, [&](std::uint32_t pgid)
                            LIND_REQUIRES(mu_) { return group_is_orphaned_locked(pgid); });
  return groups;
}

void ProcessTree::set_stopped_locked(Node& node, bool stopped) {
  if (node.stopped == stopped) return;
  node.stopped = stopped;
  num_stopped_ += stopped ? 1 : -1;
}

bool ProcessTree::has_stopped_locked(std::uint32_t pgid) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [pgid](const auto& entry) {
    return entry.second.pgid == pgid && entry.second.stopped;
  });
}

void ProcessTree::signal_group(std::uint32_t pgid, const uapi::SigInfo& info) {
  for (const std::shared_ptr<Process>& process : group(pgid))
    process->send_signal(info);
}

Result<std::uint32_t> ProcessTree::session_of_group(std::uint32_t pgid) const {
  const MutexLock lock(mu_);
  for (const auto& [pid, node] : nodes_) {
    if (node.pgid == pgid) return node.sid;
  }
  return uapi::Errno::kESRCH;
}

void ProcessTree::report(std::uint32_t pid, std::int32_t status,
                         const std::function<bool()>& still_true, const Tell& tell) {
  const MutexLock lock(mu_);
  Node* const node = find_locked(pid);
  // Who has been continued may have ended and been reaped before the news of it.
  if (node == nullptr || node->ended || !still_true()) return;
  node->continued = status == uapi::kContinuedStatus;
  set_stopped_locked(*node, !node->continued);
  node->stop_status = node->continued ? 0 : status;
  Node* const parent = find_locked(node->parent);
  if (parent == nullptr) return;
  (void)tell(parent->process,
             {.pid = pid, .status = status, .signal = uapi::kSIGCHLD, .usage = {}});
  parent->child_changed->wake_all();
}

void ProcessTree::executed(std::uint32_t pid) {
  const MutexLock lock(mu_);
  Node* const node = find_locked(pid);
  LIND_CHECK(node != nullptr);
  node->executed = true;
  node->exit_signal = uapi::kSIGCHLD;
  release_vfork_locked(*node);
}

Result<void> ProcessTree::await_vfork(std::uint32_t parent, std::uint32_t pid,
                                      runtime::Thread& thread) {
  const MutexLock lock(mu_);
  for (;;) {
    const Node* const child = find_locked(pid);
    if (child == nullptr || child->parent != parent || !child->vfork) return {};
    LIND_TRY(find_locked(parent)->child_changed->wait(mu_, thread, std::nullopt));
  }
}

// Source: eligible_child, kernel/exit.c, v6.1.
bool ProcessTree::selected(const Node& child, const WaitSelector& selector, std::int32_t options) {
  switch (selector.kind) {
    case WaitSelector::Kind::kAny:
      break;
    case WaitSelector::Kind::kPid:
      if (child.pid != selector.id) return false;
      break;
    case WaitSelector::Kind::kGroup:
      if (child.pgid != selector.id) return false;
      break;
  }
  if ((options & uapi::k__WALL) != 0) return true;
  const bool is_clone = child.exit_signal != uapi::kSIGCHLD;
  return is_clone == ((options & uapi::k__WCLONE) != 0);
}

Result<std::optional<WaitEvent>> ProcessTree::poll_locked(std::uint32_t parent,
                                                          const WaitSelector& selector,
                                                          std::int32_t options) {
  const bool keep = (options & uapi::kWNOWAIT) != 0;
  bool any = false;
  for (const std::uint32_t pid : find_locked(parent)->children) {
    Node& child = *find_locked(pid);
    if (!selected(child, selector, options)) continue;
    any = true;
    if (child.ended && (options & uapi::kWEXITED) != 0) {
      WaitEvent event{.pid = pid, .status = child.status, .usage = child.usage};
      event.usage += child.children_usage;
      if (!keep) reap_locked(pid);
      return std::optional(event);
    }
    if (child.stop_status != 0 && (options & uapi::kWSTOPPED) != 0) {
      const WaitEvent event{.pid = pid, .status = child.stop_status, .usage = {}};
      if (!keep) child.stop_status = 0;
      return std::optional(event);
    }
    if (child.continued && (options & uapi::kWCONTINUED) != 0) {
      if (!keep) child.continued = false;
      return std::optional(WaitEvent{.pid = pid, .status = uapi::kContinuedStatus, .usage = {}});
    }
  }
  if (!any) return uapi::Errno::kECHILD;
  return std::optional<WaitEvent>();
}

Result<std::optional<WaitEvent>> ProcessTree::poll(std::uint32_t parent,
                                                   const WaitSelector& selector,
                                                   std::int32_t options) {
  const MutexLock lock(mu_);
  return poll_locked(parent, selector, options);
}

Result<std::optional<WaitEvent>> ProcessTree::wait(std::uint32_t parent,
                                                   const WaitSelector& selector,
                                                   std::int32_t options, runtime::Thread& thread) {
  const MutexLock lock(mu_);
  for (bool interrupted = false;;) {
    const std::optional<WaitEvent> event = LIND_TRY(poll_locked(parent, selector, options));
    if (event || (options & uapi::kWNOHANG) != 0) return event;
    // The child that ended may be why SIGCHLD woke us: it was looked for once more.
    if (interrupted) return uapi::Errno::kEINTR;
    interrupted = !find_locked(parent)->child_changed->wait(mu_, thread, std::nullopt).ok();
  }
}

std::int32_t ProcessTree::await_first() {
  const MutexLock lock(mu_);
  while (!first_status_)
    departed_.wait(mu_);
  return *first_status_;
}

void ProcessTree::await_departure(std::uint64_t seen) {
  const MutexLock lock(mu_);
  while (departures_ == seen && !nodes_.empty())
    departed_.wait(mu_);
}

std::uint64_t ProcessTree::departures() const {
  const MutexLock lock(mu_);
  return departures_;
}

std::shared_ptr<Process> ProcessTree::find(std::uint32_t pid) const {
  const MutexLock lock(mu_);
  const Node* const node = find_locked(pid);
  return node == nullptr ? nullptr : node->process;
}

std::vector<std::shared_ptr<Process>> ProcessTree::group(std::uint32_t pgid) const {
  const MutexLock lock(mu_);
  std::vector<std::shared_ptr<Process>> members;
  for (const auto& [pid, node] : nodes_) {
    if (node.pgid == pgid) members.push_back(node.process);
  }
  return members;
}

std::vector<std::shared_ptr<Process>> ProcessTree::all() const {
  const MutexLock lock(mu_);
  std::vector<std::shared_ptr<Process>> everyone;
  everyone.reserve(nodes_.size());
  for (const auto& [pid, node] : nodes_)
    everyone.push_back(node.process);
  return everyone;
}

std::size_t ProcessTree::size() const {
  const MutexLock lock(mu_);
  return nodes_.size();
}

ProcessTotals ProcessTree::totals() const {
  const MutexLock lock(mu_);
  return totals_;
}

std::uint32_t ProcessTree::parent_of(std::uint32_t pid) const {
  const MutexLock lock(mu_);
  const Node* const node = find_locked(pid);
  return node == nullptr ? kInitPid : node->parent;
}

Result<std::uint32_t> ProcessTree::group_of(std::uint32_t pid) const {
  const MutexLock lock(mu_);
  const Node* const node = find_locked(pid);
  if (node == nullptr) return uapi::Errno::kESRCH;
  return node->pgid;
}

Result<std::uint32_t> ProcessTree::session_of(std::uint32_t pid) const {
  const MutexLock lock(mu_);
  const Node* const node = find_locked(pid);
  if (node == nullptr) return uapi::Errno::kESRCH;
  return node->sid;
}

Usage ProcessTree::children_usage(std::uint32_t pid) const {
  const MutexLock lock(mu_);
  const Node* const node = find_locked(pid);
  return node == nullptr ? Usage{} : node->children_usage;
}

ProcessTree::Place ProcessTree::place_of(std::uint32_t pid) const {
  const MutexLock lock(mu_);
  const Node* const node = find_locked(pid);
  if (node == nullptr) return {};
  return {.parent = node->parent,
          .pgid = node->pgid,
          .sid = node->sid,
          .children_usage = node->children_usage};
}

// Source: will_become_orphaned_pgrp, kernel/exit.c, v6.1.
bool ProcessTree::group_is_orphaned(std::uint32_t pgid) const {
  const MutexLock lock(mu_);
  return group_is_orphaned_locked(pgid);
}

bool ProcessTree::group_is_orphaned_locked(std::uint32_t pgid) const {
  return std::none_of(nodes_.begin(), nodes_.end(), [&](const auto& entry) LIND_REQUIRES(mu_) {
    const Node& member = entry.second;
    if (member.pgid != pgid || member.ended) return false;
    const Node* const parent = find_locked(member.parent);
    return parent != nullptr && parent->pgid != pgid && parent->sid == member.sid;
  });
}

bool ProcessTree::is_group_locked(std::uint32_t pgid, std::uint32_t sid) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
    return entry.second.pgid == pgid && entry.second.sid == sid;
  });
}

void ProcessTree::move_locked(Node& node, std::uint32_t pgid, std::uint32_t sid) {
  ids_.hold(pgid);
  ids_.hold(sid);
  ids_.drop(node.pgid);
  ids_.drop(node.sid);
  node.pgid = pgid;
  node.sid = sid;
}

// Source: setpgid, kernel/sys.c, v6.1.
Result<void> ProcessTree::set_group(std::uint32_t caller, std::uint32_t pid, std::uint32_t pgid) {
  const MutexLock lock(mu_);
  Node* const node = find_locked(pid);
  if (node == nullptr) return uapi::Errno::kESRCH;
  const Node& self = *find_locked(caller);
  if (node->parent == caller) {
    if (node->sid != self.sid) return uapi::Errno::kEPERM;
    if (node->executed) return uapi::Errno::kEACCES;
  } else if (node != &self) {
    return uapi::Errno::kESRCH;
  }
  if (node->sid == pid) return uapi::Errno::kEPERM;
  if (pgid != pid && !is_group_locked(pgid, self.sid)) return uapi::Errno::kEPERM;
  move_locked(*node, pgid, node->sid);
  return {};
}

Result<void> ProcessTree::new_session(std::uint32_t pid) {
  const MutexLock lock(mu_);
  const bool leads_group = std::any_of(nodes_.begin(), nodes_.end(),
                                       [&](const auto& entry) { return entry.second.pgid == pid; });
  if (leads_group) return uapi::Errno::kEPERM;
  move_locked(*find_locked(pid), pid, pid);
  return {};
}

}  // namespace lind::rawposix
