// Files of /proc about the machine.  Formats: Documentation/filesystems/proc.rst, v6.1.

#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/units.h"
#include "host/time.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/procfs.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

constexpr std::array<std::string_view, 7> kFiles = {"cpuinfo", "filesystems", "loadavg", "meminfo",
                                                    "stat",    "uptime",      "version"};

struct sysinfo host_info() {
  struct sysinfo info{};
  (void)::sysinfo(&info);  // zeros are as good an answer
  return info;
}

// Free memory is all that the host tells without its own /proc; the rest counts as in use.
std::string memory_text() {
  const struct sysinfo host = host_info();
  const auto kib = [&](std::uint64_t units) { return units * host.mem_unit / kKiB; };
  std::string text;
  const auto line = [&](std::string_view name, std::uint64_t value) {
    text += fmt::format("{:<15} {:>8} kB\n", fmt::format("{}:", name), value);
  };
  line("MemTotal", kib(host.totalram));
  line("MemFree", kib(host.freeram));
  line("MemAvailable", kib(host.freeram + host.bufferram));
  line("Buffers", kib(host.bufferram));
  for (const std::string_view none : {"Cached", "SwapCached", "Active", "Inactive"})
    line(none, 0);
  line("SwapTotal", kib(host.totalswap));
  line("SwapFree", kib(host.freeswap));
  for (const std::string_view none : {"Dirty", "Writeback", "Mapped"})
    line(none, 0);
  line("Shmem", kib(host.sharedram));
  for (const std::string_view none : {"Slab", "SReclaimable", "SUnreclaim"})
    line(none, 0);
  return text;
}

int num_cpus() {
  cpu_set_t cpus{};
  if (::sched_getaffinity(0, sizeof(cpus), &cpus) != 0) return 1;
  return std::max(CPU_COUNT(&cpus), 1);
}

std::string cpu_text() {
  std::string text;
  for (int cpu = 0; cpu < num_cpus(); ++cpu) {
    text += fmt::format(
        "processor\t: {}\nvendor_id\t: Lind\nmodel name\t: WebAssembly, compiled\ncpu cores\t: "
        "{}\n\n",
        cpu, num_cpus());
  }
  return text;
}

std::string uptime_text() {
  const std::int64_t now = host::monotonic_ns();
  const auto seconds = static_cast<double>(now) / kNsPerSecond;
  return fmt::format("{:.2f} {:.2f}\n", seconds, 0.0);
}

std::string load_text(const ProcessTree& tree) {
  const struct sysinfo host = host_info();
  const std::vector<std::shared_ptr<Process>> all = tree.all();
  std::size_t num_threads = 0;
  for (const std::shared_ptr<Process>& process : all)
    num_threads += process->num_threads();
  std::string text;
  for (const unsigned long load : host.loads)
    text += fmt::format("{:.2f} ", static_cast<double>(load) / (1 << SI_LOAD_SHIFT));
  return text + fmt::format("1/{} {}\n", num_threads, all.empty() ? 0 : all.back()->pid());
}

// The time that cages have used is user time of the first processor; the others idle.
std::string stat_text(const ProcessTree& tree) {
  Usage used;
  for (const std::shared_ptr<Process>& process : tree.all()) {
    used += process->usage();
    used += tree.children_usage(process->pid());
  }
  constexpr std::int64_t kNsPerTick = kNsPerSecond / uapi::kClockTicksPerSecond;
  const std::int64_t up = host::monotonic_ns() / kNsPerTick;
  const std::int64_t user = used.user_ns / kNsPerTick;
  const std::int64_t system = used.system_ns / kNsPerTick;
  const std::int64_t idle = std::max<std::int64_t>(up * num_cpus() - user - system, 0);
  std::string text = fmt::format("cpu  {} 0 {} {} 0 0 0 0 0 0\n", user, system, idle);
  for (int cpu = 0; cpu < num_cpus(); ++cpu) {
    const bool first = cpu == 0;
    text += fmt::format("cpu{} {} 0 {} {} 0 0 0 0 0 0\n", cpu, first ? user : 0, first ? system : 0,
                        std::max<std::int64_t>(first ? up - user - system : up, 0));
  }
  timespec now{};
  (void)::clock_gettime(CLOCK_REALTIME, &now);
  const ProcessTotals totals = tree.totals();
  return text +
         fmt::format("intr 0\nctxt 0\nbtime {}\nprocesses {}\nprocs_running 1\nprocs_blocked 0\n",
                     now.tv_sec - host::monotonic_ns() / kNsPerSecond, totals.started);
}

std::string version_text() {
  struct utsname name{};
  (void)::uname(&name);
  return fmt::format("Linux version {} (lind)\n", name.release);
}

}  // namespace

std::span<const std::string_view> machine_files() noexcept {
  return kFiles;
}

Result<VirtualNode> machine_node(Caller& caller, std::string_view name) {
  ProcessTree& tree = caller.kernel().tree();
  if (name == "cpuinfo") return file_node(cpu_text);
  if (name == "filesystems") {
    return file_node([] { return std::string("nodev\tproc\nnodev\tdevpts\nnodev\tlind\n"); });
  }
  if (name == "loadavg") return file_node([&tree] { return load_text(tree); });
  if (name == "meminfo") return file_node(memory_text);
  if (name == "stat") return file_node([&tree] { return stat_text(tree); });
  if (name == "uptime") return file_node(uptime_text);
  if (name == "version") return file_node(version_text);
  return uapi::Errno::kENOENT;
}

}  // namespace lind::rawposix
