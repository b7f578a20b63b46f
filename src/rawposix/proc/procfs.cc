// The root of /proc, and which part answers a virtual path.

#include "rawposix/proc/procfs.h"

#include <utility>

#include <fmt/core.h>

#include "rawposix/proc/process_tree.h"
#include "rawposix/tty/terminal_table.h"

namespace lind::rawposix {
namespace {

using Type = VirtualNode::Type;

VirtualNode root_node(Caller& caller) {
  return directory_node([&tree = caller.kernel().tree()] {
    std::vector<VirtualNode::Entry> entries = {
        {"self", Type::kLink}, {"thread-self", Type::kLink}, {"mounts", Type::kLink}};
    for (const std::string_view name : machine_files())
      entries.push_back({std::string(name), Type::kFile});
    for (const std::shared_ptr<Process>& process : tree.all())
      entries.push_back({std::to_string(process->pid()), Type::kDirectory});
    return entries;
  });
}

Result<VirtualNode> proc_node(Caller& caller, std::span<const std::string> names) {
  if (names.empty()) return root_node(caller);
  const std::string& first = names.front();
  const std::uint32_t own = caller.process().pid();
  if (const std::optional<std::uint32_t> pid = to_number(first)) {
    const std::shared_ptr<Process> process = caller.kernel().tree().find(*pid);
    if (process == nullptr) return uapi::Errno::kENOENT;
    return process_node(caller, process, names.subspan(1));
  }
  if (names.size() > 1) return uapi::Errno::kENOTDIR;
  if (first == "self") return link_node(std::to_string(own));
  if (first == "thread-self") {
    return link_node(fmt::format("{}/task/{}", own, caller.process().tid_of(caller.thread())));
  }
  if (first == "mounts") return link_node("self/mounts");
  return machine_node(caller, first);
}

}  // namespace

VirtualNode file_node(std::function<std::string()> text, std::uint32_t permissions) {
  return {.type = Type::kFile, .permissions = permissions, .text = std::move(text)};
}

VirtualNode link_node(std::string target) {
  return {.type = Type::kLink, .permissions = 0777, .target = std::move(target)};
}

VirtualNode directory_node(std::function<std::vector<VirtualNode::Entry>()> entries) {
  return {.type = Type::kDirectory, .permissions = 0555, .entries = std::move(entries)};
}

std::optional<std::uint32_t> to_number(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text.front() == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  std::uint32_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return number;
}

Result<VirtualNode> look_up_node(Caller& caller, std::span<const std::string> names) {
  if (names.front() == "proc") return proc_node(caller, names.subspan(1));
  return terminal_node(caller, names.subspan(1));  // the only others lie in /dev
}

}  // namespace lind::rawposix
