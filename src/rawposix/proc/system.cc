#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "host/errno.h"
#include "rawposix/fs/host_args.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

void set_field(std::array<char, uapi::kUtsFieldBytes>& field, std::string_view text) {
  std::ranges::copy(text, field.begin());
}

SysResult set_name(Caller& caller, GuestBytes address) {
  std::array<std::byte, uapi::kTaskNameBytes> bytes{};
  std::string name;
  // A name may end at the last mapped byte, so it is copied byte by byte as Linux does.
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    const auto c = static_cast<char>(LIND_TRY(address.element(i).read()));
    if (c == '\0') break;
    name.push_back(c);
  }
  caller.process().set_thread_name(caller.thread(), name);
  return 0;
}

SysResult get_name(Caller& caller, GuestBytes address) {
  std::array<std::byte, uapi::kTaskNameBytes> bytes{};
  const std::string& name = caller.guest_thread().name;
  std::ranges::copy(std::as_bytes(std::span(name)), bytes.begin());
  LIND_TRY(address.owner()->copy_out(address.addr(), bytes));
  return 0;
}

}  // namespace

SysResult sys_uname(Caller&, GuestPtr<uapi::Utsname> out) {
  uapi::Utsname name{};
  set_field(name.sysname, "Linux");
  set_field(name.nodename, "lind");
  set_field(name.release, "6.1.0-lind");
  set_field(name.version, "#1 SMP");
  set_field(name.machine, "wasm32");
  set_field(name.domainname, "(none)");
  LIND_TRY(out.write(name));
  return 0;
}

SysResult sys_sysinfo(Caller& caller, GuestPtr<uapi::Sysinfo> out) {
  struct sysinfo host{};
  if (::sysinfo(&host) != 0) return host::last_errno();
  uapi::Sysinfo guest{};
  guest.uptime = host.uptime;
  std::ranges::copy(host.loads, guest.loads.begin());
  guest.totalram = host.totalram;
  guest.freeram = host.freeram;
  guest.sharedram = host.sharedram;
  guest.bufferram = host.bufferram;
  guest.totalswap = host.totalswap;
  guest.freeswap = host.freeswap;
  guest.procs = static_cast<std::uint16_t>(caller.kernel().tree().size());
  guest.mem_unit = host.mem_unit;
  LIND_TRY(out.write(guest));
  return 0;
}

SysResult sys_getrandom(Caller& caller, GuestBytes buffer, std::uint64_t num_bytes,
                        std::uint32_t flags) {
  constexpr std::uint64_t kMost = INT32_MAX;
  const runtime::HostBuffer target = LIND_TRY(buffer.owner()->host_buffer(
      caller.in_flight(), buffer.addr(), std::min(num_bytes, kMost), runtime::Access::kWrite));
  const Result<std::int64_t> filled = caller.thread().blocking_syscall(
      SYS_getrandom, host_args(target.vec().iov_base, target.vec().iov_len, flags));
  if (!filled.ok() && filled.error() == uapi::Errno::kEINTR) return uapi::Errno::kERESTARTSYS;
  return filled;
}

SysResult sys_getcpu(Caller&, GuestPtr<std::uint32_t> cpu, GuestPtr<std::uint32_t> node) {
  std::uint32_t host_cpu = 0;
  std::uint32_t host_node = 0;
  if (::syscall(SYS_getcpu, &host_cpu, &host_node, nullptr) != 0) return host::last_errno();
  if (!cpu.is_null()) LIND_TRY(cpu.write(host_cpu));
  if (!node.is_null()) LIND_TRY(node.write(host_node));
  return 0;
}

SysResult sys_prctl(Caller& caller, std::int32_t option, GuestBytes second, std::uint64_t third,
                    std::uint64_t fourth, std::uint64_t fifth) {
  switch (option) {
    case uapi::kPR_SET_NAME:
      return set_name(caller, second);
    case uapi::kPR_GET_NAME:
      return get_name(caller, second);
    case uapi::kPR_GET_DUMPABLE:
      return 0;
    case uapi::kPR_SET_NO_NEW_PRIVS:
      if (to_u64(second.addr()) != 1 || third != 0 || fourth != 0 || fifth != 0) {
        return uapi::Errno::kEINVAL;
      }
      LIND_TRY(caller.process().change_credentials([](Credentials& own) -> Result<void> {
        own.no_new_privs = true;
        return {};
      }));
      return 0;
    case uapi::kPR_GET_NO_NEW_PRIVS:
      if (to_u64(second.addr()) != 0 || third != 0 || fourth != 0 || fifth != 0) {
        return uapi::Errno::kEINVAL;
      }
      return caller.process().credentials()->no_new_privs ? 1 : 0;
    default:
      return uapi::Errno::kEINVAL;
  }
}

}  // namespace lind::rawposix
