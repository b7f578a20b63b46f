#include "rawposix/proc/listing.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/units.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/process.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kMostArgumentBytes = 4096;

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c == '\x7f'; }, '?');
  return text;
}

std::string line_of(ProcessTree& tree, const Process& process) {
  const ProcessSnapshot snapshot = process.snapshot(process.pid());
  const ProcessTree::Place place = tree.place_of(process.pid());
  const char state = snapshot.tids.empty() ? 'Z' : snapshot.stopped ? 'T' : 'S';
  constexpr std::int64_t kNsPerMs = 1'000'000;
  std::string arguments;
  for (const std::string& argument : snapshot.args)
    arguments += " " + argument;
  if (arguments.empty()) arguments = " [" + snapshot.name + "]";
  arguments.resize(std::min(arguments.size(), kMostArgumentBytes));
  return fmt::format("{} {} {} {} {} {} {} {} {}", process.pid(), place.parent, place.pgid,
                     place.sid, snapshot.credentials->users.effective, state, snapshot.tids.size(),
                     (snapshot.usage.user_ns + snapshot.usage.system_ns) / kNsPerMs,
                     snapshot.mapped_bytes / kKiB) +
         printable(std::move(arguments));
}

}  // namespace

std::vector<std::string> list_processes(Kernel& kernel) {
  std::vector<std::shared_ptr<Process>> processes = kernel.tree().all();
  std::ranges::sort(processes, {}, [](const auto& process) { return process->pid(); });
  std::vector<std::string> lines;
  for (const std::shared_ptr<Process>& process : processes)
    lines.push_back(line_of(kernel.tree(), *process));
  return lines;
}

}  // namespace lind::rawposix
