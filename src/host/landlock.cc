#include "host/landlock.h"

#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "host/unique_fd.h"

namespace lind::host {
namespace {

// linux/landlock.h, v6.2; Debian 12's headers end before it.
constexpr std::uint64_t kRefer = std::uint64_t{1} << 13U;
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14U;

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kReadAll = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWriteFile = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t kChangeDirectory =
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

/// landlock_ruleset_attr of linux/landlock.h, v6.12: the kernel takes it as long as its rights
/// beyond those it knows are zero.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;  // v6.7
  std::uint64_t scoped;   // v6.12
};
constexpr std::uint64_t kBindTcp = std::uint64_t{1} << 0U;
constexpr std::uint64_t kConnectTcp = std::uint64_t{1} << 1U;
constexpr std::uint64_t kScopeAbstractSockets = std::uint64_t{1} << 0U;
constexpr std::uint64_t kScopeSignals = std::uint64_t{1} << 1U;

/// All that this host can restrict of files.
std::uint64_t handled(long version) noexcept {
  std::uint64_t rights = LANDLOCK_ACCESS_FS_EXECUTE | kReadAll | kWriteFile | kChangeDirectory;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  return rights;
}

ErrorOr<void> add(int ruleset, const LandlockGrant& grant, std::uint64_t handled_rights) {
  struct stat status{};
  if (::fstat(grant.fd, &status) != 0) return host_error("fstat", errno);
  const bool is_directory = S_ISDIR(status.st_mode);
  std::uint64_t rights = is_directory ? kReadAll : kReadFile;
  if (grant.rights == LandlockGrant::Rights::kReadWrite) {
    rights |= kWriteFile | (handled_rights & kTruncate);
    if (is_directory) rights |= kChangeDirectory | (handled_rights & kRefer);
  }
  const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = grant.fd};
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    // Files of the kernel's own mounts (a pipe, a memfd): never restricted.
    if (errno == EBADFD) return {};
    return host_error("landlock_add_rule", errno);
  }
  return {};
}

}  // namespace

long landlock_version() noexcept {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : version;
}

ErrorOr<Landlocked> confine_files(std::span<const LandlockGrant> grants, Beyond beyond) {
  const long version = landlock_version();
  // Before version 2 nothing could be renamed from one directory to another.
  if (version < 2) return Landlocked::kNotOnThisHost;
  Ruleset attributes{.files = handled(version), .network = 0, .scoped = 0};
  if (beyond == Beyond::kNetworkAndSignals) {
    if (version >= 4) attributes.network = kBindTcp | kConnectTcp;
    if (version >= 6) attributes.scoped = kScopeAbstractSockets | kScopeSignals;
  }
  const UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!ruleset.valid()) return host_error("landlock_create_ruleset", errno);
  for (const LandlockGrant& grant : grants)
    LIND_TRY(add(ruleset.get(), grant, handled(version)));
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return host_error("landlock_restrict_self", errno);
  }
  return Landlocked::kYes;
}

}  // namespace lind::host
