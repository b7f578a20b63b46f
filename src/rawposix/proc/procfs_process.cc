// /proc/<pid>.  Formats: Documentation/filesystems/proc.rst and fs/proc/array.c, v6.1.  Fields that
// have no meaning here are 0, as those of a kernel without the option are.

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/units.h"
#include "host/time.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/procfs.h"
#include "rawposix/proc/time_values.h"
#include "rawposix/tty/terminal_file.h"
#include "rawposix/tty/terminal_table.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

using Type = VirtualNode::Type;
using Entry = VirtualNode::Entry;

/// A process and its place in the tree.
struct Subject {
  std::shared_ptr<Process> process;
  std::optional<std::uint32_t> tid;  ///< of task/<tid>
  const Process* asking;             ///< which runs for sure
};

struct Facts {
  ProcessSnapshot process;
  ProcessTree::Place place;
  std::uint32_t id = 0;  ///< pid or tid
  char state = 'S';
};

Facts facts_of(const Subject& subject) {
  const Process& process = *subject.process;
  Facts facts;
  facts.process = process.snapshot(subject.tid.value_or(process.pid()));
  facts.place = process.kernel().tree().place_of(process.pid());
  facts.id = subject.tid.value_or(process.pid());
  if (facts.process.tids.empty()) {
    facts.state = 'Z';
  } else if (facts.process.stopped) {
    facts.state = 'T';
  } else if (subject.process.get() == subject.asking) {
    facts.state = 'R';
  }
  return facts;
}

/// Two fields of stat: the device as the kernel packs it, and the foreground group.
struct OwnTerminal {
  std::uint64_t device = 0;
  std::int64_t group = -1;
};

OwnTerminal terminal_of(const Subject& subject, const Facts& facts) {
  const std::shared_ptr<Terminal> terminal =
      subject.process->kernel().terminals().of_session(facts.place.sid);
  if (terminal == nullptr) return {};
  // Source: new_encode_dev, linux/kdev_t.h, v6.1.
  const std::uint64_t device = slave_device(*terminal);
  const std::uint64_t minor_number = minor(device);
  return {.device = (minor_number & 0xff) | (std::uint64_t{major(device)} << 8) |
                    ((minor_number & ~std::uint64_t{0xff}) << 12),
          .group = terminal->foreground()};
}

std::int64_t ticks(std::int64_t ns) {
  return ns / (kNsPerSecond / uapi::kClockTicksPerSecond);
}

// Source of the order: do_task_stat, fs/proc/array.c, v6.1.
std::string stat_text(const Subject& subject) {
  const Facts facts = facts_of(subject);
  const OwnTerminal terminal = terminal_of(subject, facts);
  const ProcessSnapshot& process = facts.process;
  const Usage& own = process.usage;
  const Usage& children = facts.place.children_usage;
  return fmt::format(
      "{} ({}) {} {} {} {} {} {} 4194304 {} {} {} {} {} {} {} {} {} {} {} 0 {} {} {} "
      "18446744073709551615 0 0 0 0 0 {} {} {} {} 0 0 0 {} 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
      facts.id, process.name, facts.state, facts.place.parent, facts.place.pgid, facts.place.sid,
      terminal.device, terminal.group, own.minor_faults, children.minor_faults, own.major_faults,
      children.major_faults, ticks(own.user_ns), ticks(own.system_ns), ticks(children.user_ns),
      ticks(children.system_ns), 20 + process.nice, process.nice, process.tids.size(),
      ticks(process.started_ns), process.mapped_bytes, process.mapped_bytes / kHostPageSize,
      process.pending, process.blocked, process.ignored, process.caught, uapi::kSIGCHLD);
}

std::string_view state_name(char state) {
  switch (state) {
    case 'R':
      return "running";
    case 'T':
      return "stopped";
    case 'Z':
      return "zombie";
    default:
      return "sleeping";
  }
}

std::string ids_text(const IdSet& ids) {
  return fmt::format("{}\t{}\t{}\t{}", ids.real, ids.effective, ids.saved, ids.fs);
}

std::string status_text(const Subject& subject) {
  const Facts facts = facts_of(subject);
  const ProcessSnapshot& process = facts.process;
  const Credentials& own = *process.credentials;
  std::string text = fmt::format(
      "Name:\t{}\nUmask:\t0022\nState:\t{} ({})\nTgid:\t{}\nNgid:\t0\nPid:\t{}\nPPid:\t{}\n"
      "TracerPid:\t0\nUid:\t{}\nGid:\t{}\nFDSize:\t64\nGroups:\t{}\n",
      process.name, facts.state, state_name(facts.state), subject.process->pid(), facts.id,
      facts.place.parent, ids_text(own.users), ids_text(own.groups),
      fmt::join(own.supplementary, " "));
  if (facts.state != 'Z') {
    text += fmt::format("VmSize:\t{:8} kB\nVmRSS:\t{:8} kB\n", process.mapped_bytes / kKiB,
                        process.mapped_bytes / kKiB);
  }
  return text + fmt::format(
                    "Threads:\t{}\nSigPnd:\t{:016x}\nShdPnd:\t{:016x}\nSigBlk:\t{:016x}\n"
                    "SigIgn:\t{:016x}\nSigCgt:\t{:016x}\nNoNewPrivs:\t{}\nSeccomp:\t2\n",
                    std::max<std::size_t>(process.tids.size(), 1), 0, process.pending,
                    process.blocked, process.ignored, process.caught, own.no_new_privs ? 1 : 0);
}

std::string joined(const std::vector<std::string>& strings) {
  std::string text;
  for (const std::string& string : strings) {
    text += string;
    text += '\0';
  }
  return text;
}

std::string maps_text(const Subject& subject) {
  std::string text;
  for (const runtime::Area& area : subject.process->areas()) {
    const bool shared = area.backing == runtime::Backing::kSharedFile ||
                        area.backing == runtime::Backing::kSharedAnon;
    text += fmt::format("{:08x}-{:08x} {}{}-{} {:08x} 00:00 0 \n", area.start,
                        area.start + area.num_bytes, area.protection.read ? 'r' : '-',
                        area.protection.write ? 'w' : '-', shared ? 's' : 'p', area.file_offset);
  }
  return text;
}

std::string mounts_text(Caller& caller) {
  std::string text;
  for (const auto& [path, is_virtual, read_only] : caller.fs().mounts().guest_directories()) {
    const std::string_view type = !is_virtual ? "lind" : path == "/proc" ? "proc" : "devpts";
    text += fmt::format("{} {} {} {} 0 0\n", type, path, type, read_only ? "ro" : "rw");
  }
  return text;
}

// --- descriptors --------------------------------------------------------------------------------

std::string name_of(const OpenFile& file) {
  if (!file.path().empty()) return file.path();
  struct stat status{};
  (void)::fstat(file.host_fd(), &status);
  const std::string_view kind = S_ISFIFO(status.st_mode)   ? "pipe"
                                : S_ISSOCK(status.st_mode) ? "socket"
                                                           : "";
  if (kind.empty()) return "anon_inode:[lind]";
  return fmt::format("{}:[{}]", kind, status.st_ino);
}

Result<VirtualNode> descriptor_node(Caller& caller, const Subject& subject,
                                    std::span<const std::string> names) {
  if (subject.process.get() != &caller.process()) return uapi::Errno::kEACCES;
  const std::shared_ptr<FdTable> fds = caller.process().shared_fds();
  if (names.empty()) {
    VirtualNode node = directory_node([fds] {
      std::vector<Entry> open;
      for (std::uint32_t number = 0; number < fds->num_slots(); ++number) {
        if (fds->get(Fd{static_cast<std::int32_t>(number)}).ok()) {
          open.push_back({std::to_string(number), Type::kLink});
        }
      }
      return open;
    });
    node.permissions = 0500;
    return node;
  }
  if (names.size() > 1) return uapi::Errno::kENOTDIR;
  const std::optional<std::uint32_t> number = to_number(names[0]);
  if (!number) return uapi::Errno::kENOENT;
  const auto fd = static_cast<std::int32_t>(*number);
  Result<std::shared_ptr<OpenFile>> found = fds->get(Fd{fd});
  if (!found.ok()) return uapi::Errno::kENOENT;
  VirtualNode node = link_node(name_of(*found.value()));
  node.permissions = 0700;
  node.open_target = std::move(found).value();
  return node;
}

// --- the directory ------------------------------------------------------------------------------

constexpr std::array<std::string_view, 11> kFiles = {"stat",    "status", "statm", "cmdline",
                                                     "comm",    "exe",    "cwd",   "root",
                                                     "environ", "maps",   "mounts"};

bool is_link(std::string_view name) noexcept {
  return name == "exe" || name == "cwd" || name == "root";
}

VirtualNode listing(bool is_task) {
  return directory_node([is_task] {
    std::vector<Entry> entries;
    for (const std::string_view name : kFiles)
      entries.push_back({std::string(name), is_link(name) ? Type::kLink : Type::kFile});
    entries.push_back({"fd", Type::kDirectory});
    if (!is_task) entries.push_back({"task", Type::kDirectory});
    return entries;
  });
}

// What everybody may see.
std::optional<VirtualNode> public_node(Caller& caller, const Subject& subject,
                                       std::string_view name) {
  if (name == "stat") return file_node([subject] { return stat_text(subject); });
  if (name == "status") return file_node([subject] { return status_text(subject); });
  if (name == "statm") {
    return file_node([subject] {
      const std::uint64_t pages = facts_of(subject).process.mapped_bytes / kHostPageSize;
      return fmt::format("{} {} 0 0 0 {} 0\n", pages, pages, pages);
    });
  }
  if (name == "cmdline") {
    return file_node([subject] { return joined(facts_of(subject).process.args); });
  }
  if (name == "comm") return file_node([subject] { return facts_of(subject).process.name + "\n"; });
  if (name == "mounts") return file_node([text = mounts_text(caller)] { return text; });
  return std::nullopt;
}

Result<VirtualNode> private_node(Caller& caller, const Subject& subject, std::string_view name) {
  if (std::ranges::find(kFiles, name) == kFiles.end()) return uapi::Errno::kENOENT;
  if (subject.process.get() != &caller.process()) {
    // A file is there, but cannot be read.
    if (!is_link(name)) return file_node([] { return std::string(); }, 0);
    return uapi::Errno::kEACCES;
  }
  if (name == "environ") {
    return file_node([subject] { return joined(facts_of(subject).process.env); }, 0400);
  }
  if (name == "maps") return file_node([subject] { return maps_text(subject); });
  if (name == "exe") return link_node(facts_of(subject).process.program);
  if (name == "cwd") return link_node(caller.fs().cwd());
  const std::shared_ptr<const BaseDirectory> root = caller.fs().root();
  return link_node(root == nullptr ? "/" : root->path);
}

Result<VirtualNode> subject_node(Caller& caller, const Subject& subject,
                                 std::span<const std::string> names) {
  if (names.empty()) return listing(subject.tid.has_value());
  if (names[0] == "fd") return descriptor_node(caller, subject, names.subspan(1));
  std::optional<VirtualNode> found = public_node(caller, subject, names[0]);
  VirtualNode node = found ? std::move(*found) : LIND_TRY(private_node(caller, subject, names[0]));
  if (names.size() > 1) return uapi::Errno::kENOTDIR;
  return node;
}

}  // namespace

Result<VirtualNode> process_node(Caller& caller, const std::shared_ptr<Process>& process,
                                 std::span<const std::string> names) {
  const Process* const asking = &caller.process();
  const Subject whole{process, std::nullopt, asking};
  if (names.empty() || names[0] != "task") return subject_node(caller, whole, names);
  if (names.size() == 1) {
    return directory_node([process] {
      std::vector<Entry> entries;
      for (const std::uint32_t tid : process->snapshot(process->pid()).tids)
        entries.push_back({std::to_string(tid), Type::kDirectory});
      return entries;
    });
  }
  const std::optional<std::uint32_t> tid = to_number(names[1]);
  if (!tid || !process->has_thread(*tid)) return uapi::Errno::kENOENT;
  return subject_node(caller, Subject{process, tid, asking}, names.subspan(2));
}

}  // namespace lind::rawposix
