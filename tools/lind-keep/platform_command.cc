#include "platform_command.h"

#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <asm/hwcap2.h>
#include <cerrno>
#include <string_view>

#include <fmt/core.h>

#include "exit_status.h"
#include "host/landlock.h"
#include "message.h"

namespace lind::cli {
namespace {

struct Check {
  std::string_view name;
  bool pass;
  std::string info;
  std::string_view message;  ///< what is lost without it
};

struct BackendChecks {
  std::string_view backend;
  std::vector<Check> data;
};

bool has_seccomp() {
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool has_openat2() {
  return ::syscall(SYS_openat2, -1, "", nullptr, 0) < 0 && errno != ENOSYS;
}

Check device(const char* path, std::string_view message) {
  return {.name = path,
          .pass = ::access(path, F_OK) == 0,
          .info = "there is no backend for it yet",
          .message = message};
}

std::vector<BackendChecks> all_checks() {
  const long landlock = host::landlock_version();
  const std::string version = fmt::format("version {}", landlock);
  const Check segment{.name = "FSGSBASE instructions",
                      .pass = (::getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0,
                      .info = {},
                      .message = "no program can run"};
  return {
      {.backend = "locked",
       .data = {segment,
                {"system call filter", has_seccomp(), {}, "guests that escape may call the host"},
                {"openat2", has_openat2(), {}, "paths cannot be confined"},
                {"Landlock for files", landlock >= 2, version, "no locked keep"},
                {"Landlock for TCP", landlock >= 4, version,
                 "guests that escape may connect sockets that the keep was given"},
                {"Landlock scopes", landlock >= 6, version,
                 "guests that escape may signal processes of the same user"}}},
      {.backend = "nil", .data = {segment}},
      {.backend = "sgx", .data = {device("/dev/sgx_enclave", "no SGX here")}},
      {.backend = "sev", .data = {device("/dev/sev", "no SEV here")}},
      {.backend = "kvm", .data = {device("/dev/kvm", "no KVM here")}},
  };
}

std::string quoted(std::string_view text) {
  if (text.empty()) return "null";
  return '"' + printable(text) + '"';  // none of them has a quote or a backslash
}

std::string json(const std::vector<BackendChecks>& backends, std::string_view system) {
  std::string text = fmt::format("{{\"version\":\"{}\",\"system_info\":{},\"backends\":[",
                                 LIND_VERSION, quoted(system));
  for (const BackendChecks& backend : backends) {
    text += fmt::format("{}{{\"backend\":\"{}\",\"data\":[", text.back() == '[' ? "" : ",",
                        backend.backend);
    for (const Check& check : backend.data) {
      text += fmt::format("{}{{\"name\":{},\"pass\":{},\"info\":{},\"mesg\":{},\"data\":[]}}",
                          text.back() == '[' ? "" : ",", quoted(check.name), check.pass,
                          quoted(check.info), quoted(check.pass ? "" : check.message));
    }
    text += "]}";
  }
  return text + "]}\n";
}

std::string plain(const std::vector<BackendChecks>& backends, std::string_view system) {
  std::string text = fmt::format("lind {}\n{}\n", LIND_VERSION, system);
  for (const BackendChecks& backend : backends) {
    text += fmt::format("\nbackend {}\n", backend.backend);
    for (const Check& check : backend.data) {
      text += fmt::format("  {} {}{}{}\n", check.pass ? "yes" : "no ", check.name,
                          check.info.empty() ? "" : ": " + check.info,
                          check.pass ? "" : fmt::format(" ({})", check.message));
    }
  }
  return text;
}

}  // namespace

int platform_command(const std::string& command, const std::vector<std::string>& words) {
  const bool as_json = words.size() == 2 && (words[1] == "--json" || words[1] == "-j");
  if (words.empty() || words.front() != "info" || (words.size() > 1 && !as_json)) {
    const bool help = !words.empty() && (words.front() == "--help" || words.front() == "-h");
    fmt::print(help ? stdout : stderr,
               "Usage: {} info [--json]\n\nTells what this machine can enforce for each backend.\n",
               command);
    return help ? 0 : kExitFailed;
  }
  utsname system{};
  if (::uname(&system) != 0) return fail(kExitFailed, host_error("uname", errno).message());
  const std::string about = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  const std::vector<BackendChecks> checks = all_checks();
  fmt::print("{}", as_json ? json(checks, about) : plain(checks, about));
  return 0;
}

}  // namespace lind::cli
