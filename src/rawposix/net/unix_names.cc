#include "rawposix/net/unix_names.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>

#include <fmt/core.h>

#include "base/check.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/fs/permission.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kRoom = SocketAddress::kMaxUnixBytes - SocketAddress::kFamilyBytes;
/// The host wants a NUL behind a path, which makes one byte less.
constexpr std::size_t kMaxHostPath = kRoom - 1;
constexpr std::uint32_t kAutobindNumbers = 0x100000;  // net/unix/af_unix.c: five digits
constexpr int kMaxDuplicates = 16;

std::string text_of(const SocketAddress& address) {
  return std::string(address.rest());
}

bool is_abstract(const SocketAddress& address) noexcept {
  return address.rest().starts_with('\0');
}

/// A path ends at its first NUL, or with the address.
std::string path_in(const SocketAddress& address) {
  const std::string_view rest = address.rest();
  return std::string(rest.substr(0, rest.find('\0')));
}

SocketAddress path_address(std::string_view path) noexcept {
  SocketAddress address = SocketAddress::make_unix(path);
  ++address.num_bytes;  // with its NUL, as the kernel reports it
  return address;
}

Result<void> host_bind(int fd, const SocketAddress& address) {
  LIND_TRY(host_call(SYS_bind, fd, address.bytes.data(), address.num_bytes));
  return {};
}

/// As bind sees a name that exists or cannot be made.
Result<void> check_free(const ResolvedName& name) {
  if (name.is_virtual) return uapi::Errno::kEACCES;
  if (name.last != LastName::kName) return uapi::Errno::kEADDRINUSE;
  if (!name.must_be_directory && !name.read_only) return {};
  struct stat status{};
  if (::fstatat(name.parent->get(), name.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    return uapi::Errno::kEADDRINUSE;
  }
  return name.must_be_directory ? uapi::Errno::kENOENT : uapi::Errno::kEROFS;
}

Result<host::UniqueFd> duplicate(int fd) {
  host::UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy.valid()) return host::last_errno();
  return copy;
}

}  // namespace

std::optional<uapi::Credentials> UnixName::owner() const {
  const MutexLock lock(mu_);
  return owner_;
}

void UnixName::set_owner(const uapi::Credentials& credentials) {
  const MutexLock lock(mu_);
  owner_ = credentials;
}

UnixNames::UnixNames() {
  std::array<char, 7> random{};
  LIND_CHECK(::getrandom(random.data(), random.size(), 0) == static_cast<ssize_t>(random.size()));
  prefix_ = std::string(1, '\0') + std::string(random.data(), random.size());
}

std::shared_ptr<UnixName> UnixNames::add(const SocketAddress& host, const SocketAddress& guest,
                                         host::UniqueFd directory) {
  auto name = std::make_shared<UnixName>(guest, std::move(directory));
  const MutexLock lock(mu_);
  if (names_.size() >= prune_at_) {
    const auto is_gone = [](const auto& entry) { return entry.second.expired(); };
    std::erase_if(names_, is_gone);
    std::erase_if(files_, is_gone);
    prune_at_ = 2 * names_.size() + 64;
  }
  names_[text_of(host)] = name;
  return name;
}

std::shared_ptr<UnixName> UnixNames::name_of(const SocketAddress& host) const {
  const MutexLock lock(mu_);
  const auto found = names_.find(host.rest());
  return found == names_.end() ? nullptr : found->second.lock();
}

std::shared_ptr<UnixName> UnixNames::name_of_file(const FileId& file) const {
  const MutexLock lock(mu_);
  const auto found = files_.find(file);
  return found == files_.end() ? nullptr : found->second.lock();
}

// --- bind --------------------------------------------------------------------------------------

Result<std::shared_ptr<UnixName>> UnixNames::bind(Caller& caller, int fd,
                                                  const SocketAddress& guest,
                                                  std::uint32_t permissions) {
  if (guest.family() != AF_UNIX || guest.num_bytes > SocketAddress::kMaxUnixBytes ||
      guest.num_bytes < SocketAddress::kFamilyBytes) {
    return uapi::Errno::kEINVAL;
  }
  if (guest.num_bytes == SocketAddress::kFamilyBytes) return bind_any(fd);
  return is_abstract(guest) ? bind_abstract(fd, guest) : bind_path(caller, fd, guest, permissions);
}

Result<std::shared_ptr<UnixName>> UnixNames::bind_any(int fd) {
  for (std::uint32_t attempt = 0; attempt < kAutobindNumbers; ++attempt) {
    std::uint32_t number = 0;
    {
      const MutexLock lock(mu_);
      last_number_ = (last_number_ + 1) % kAutobindNumbers;
      number = last_number_;
    }
    const std::string name = std::string(1, '\0') + fmt::format("{:05x}", number);
    Result<std::shared_ptr<UnixName>> bound = bind_abstract(fd, SocketAddress::make_unix(name));
    if (bound.ok() || bound.error() != uapi::Errno::kEADDRINUSE) return bound;
  }
  return uapi::Errno::kENOSPC;
}

// NULs at the end, which fill many a program's address up, are counted instead of kept: the prefix
// needs their room.
Result<SocketAddress> UnixNames::host_abstract(std::string_view name) const {
  const std::size_t kept = name.find_last_not_of('\0') + 1;  // npos + 1 is 0
  std::string host = prefix_;
  host += static_cast<char>(Kind::kGuest);
  host += static_cast<char>(name.size() - kept);
  host += name.substr(0, kept);
  if (host.size() > kRoom) return uapi::Errno::kEINVAL;
  return SocketAddress::make_unix(host);
}

Result<std::shared_ptr<UnixName>> UnixNames::bind_abstract(int fd, const SocketAddress& guest) {
  const SocketAddress host = LIND_TRY(host_abstract(guest.rest().substr(1)));
  LIND_TRY(host_bind(fd, host));
  return add(host, guest, host::UniqueFd());
}

Result<std::shared_ptr<UnixName>> UnixNames::bind_path(Caller& caller, int fd,
                                                       const SocketAddress& guest,
                                                       std::uint32_t permissions) {
  const std::string path = path_in(guest);
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, path));
  const ResolvedName name = LIND_TRY(caller.fs().mounts().resolve(base, path, FollowLast::kNo));
  LIND_TRY(check_free(name));
  const Permission permission(caller);
  LIND_TRY(permission.create_in(name.parent->get()));
  // A number that no living name of ours contains: those that do are kept open meanwhile.
  std::array<host::UniqueFd, kMaxDuplicates> used;
  host::UniqueFd directory;
  SocketAddress host;
  for (host::UniqueFd& one : used) {
    directory = LIND_TRY(duplicate(name.parent->get()));
    const std::string place = fmt::format("/proc/self/fd/{}/{}", directory.get(), name.name);
    if (place.size() > kMaxHostPath) return uapi::Errno::kENAMETOOLONG;
    host = path_address(place);
    if (name_of(host) == nullptr) break;
    one = std::move(directory);
  }
  if (!directory.valid()) return uapi::Errno::kEADDRINUSE;
  // The new file has the permissions of the socket.
  LIND_TRY(from_libc(::fchmod(fd, permissions)));
  LIND_TRY(host_bind(fd, host));
  permission.created(name.parent->get(), name.name);
  std::shared_ptr<UnixName> bound = add(host, path_address(path), std::move(directory));
  struct stat status{};
  if (::fstatat(name.parent->get(), name.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    const MutexLock lock(mu_);
    files_[{status.st_dev, status.st_ino}] = bound;
  }
  return bound;
}

// --- connect -----------------------------------------------------------------------------------

Result<void> UnixNames::introduce(int fd, const uapi::Credentials& credentials) {
  for (std::uint32_t attempt = 0; attempt < kAutobindNumbers; ++attempt) {
    std::uint32_t number = 0;
    {
      const MutexLock lock(mu_);
      number = ++last_number_;
    }
    std::string name = prefix_;
    name += static_cast<char>(Kind::kIntroduction);
    std::array<char, sizeof(credentials)> bytes{};
    std::memcpy(bytes.data(), &credentials, sizeof(credentials));
    name.append(bytes.data(), bytes.size());
    name += fmt::format("{:x}", number);
    const Result<void> bound = host_bind(fd, SocketAddress::make_unix(name));
    if (bound.ok() || bound.error() != uapi::Errno::kEADDRINUSE) return bound;
  }
  return uapi::Errno::kENOSPC;
}

Result<UnixNames::Target> UnixNames::find(Caller& caller, const SocketAddress& guest) const {
  if (guest.family() != AF_UNIX || guest.num_bytes > SocketAddress::kMaxUnixBytes ||
      guest.num_bytes <= SocketAddress::kFamilyBytes) {
    return uapi::Errno::kEINVAL;
  }
  if (is_abstract(guest)) {
    const SocketAddress host = LIND_TRY(host_abstract(guest.rest().substr(1)));
    return Target{host, name_of(host), host::UniqueFd()};
  }
  const std::string path = path_in(guest);
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, path));
  const ResolvedName name = LIND_TRY(caller.fs().mounts().resolve(base, path, FollowLast::kYes));
  if (name.is_virtual || name.name.empty()) return uapi::Errno::kECONNREFUSED;
  host::UniqueFd file(
      ::openat(name.parent->get(), name.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return host::last_errno();
  struct stat status{};
  LIND_TRY(from_libc(::fstat(file.get(), &status)));
  if (!S_ISSOCK(status.st_mode)) return uapi::Errno::kECONNREFUSED;
  if (name.must_be_directory) return uapi::Errno::kENOTDIR;
  LIND_TRY(Permission(caller).access(status, W_OK));
  const SocketAddress host = path_address(fmt::format("/proc/self/fd/{}", file.get()));
  return Target{host, name_of_file({status.st_dev, status.st_ino}), std::move(file)};
}

// --- what guests see ---------------------------------------------------------------------------

std::optional<std::string_view> UnixNames::payload(const SocketAddress& host,
                                                   Kind kind) const noexcept {
  std::string_view rest = host.rest();
  if (!rest.starts_with(prefix_)) return std::nullopt;
  rest.remove_prefix(prefix_.size());
  if (!rest.starts_with(static_cast<char>(kind))) return std::nullopt;
  return rest.substr(1);
}

SocketAddress UnixNames::to_guest(const SocketAddress& host) const {
  if (const auto found = payload(host, Kind::kGuest); found && !found->empty()) {
    const auto num_nuls = static_cast<unsigned char>(found->front());
    std::string name(1, '\0');
    name += found->substr(1);
    name.append(num_nuls, '\0');
    if (name.size() <= kRoom) return SocketAddress::make_unix(name);
  }
  const std::shared_ptr<UnixName> name = name_of(host);
  return name == nullptr ? SocketAddress::make_unix({}) : name->guest();
}

std::optional<uapi::Credentials> UnixNames::introduced(const SocketAddress& host) const {
  const auto found = payload(host, Kind::kIntroduction);
  if (!found || found->size() < sizeof(uapi::Credentials)) return std::nullopt;
  uapi::Credentials credentials;
  std::memcpy(&credentials, found->data(), sizeof(credentials));
  return credentials;
}

}  // namespace lind::rawposix
