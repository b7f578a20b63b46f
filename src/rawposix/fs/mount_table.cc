#include "rawposix/fs/mount_table.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "rawposix/fs/beneath.h"
#include "rawposix/fs/host_process.h"
#include "rawposix/fs/mount_state_internal.h"

namespace lind::rawposix {
namespace {

constexpr std::array<const char*, 5> kDevices = {"/dev/null", "/dev/zero", "/dev/full",
                                                 "/dev/random", "/dev/urandom"};
constexpr std::array<const char*, 2> kVirtualDirectories = {"/proc", "/dev/pts"};
constexpr std::array<const char*, 2> kVirtualFiles = {"/dev/ptmx", "/dev/tty"};
/// Links of the private /dev.
constexpr std::array<std::array<const char*, 2>, 4> kLinks = {{{"/proc/self/fd", "dev/fd"},
                                                               {"/proc/self/fd/0", "dev/stdin"},
                                                               {"/proc/self/fd/1", "dev/stdout"},
                                                               {"/proc/self/fd/2", "dev/stderr"}}};

/// The guest path of a mount in its one form.
ErrorOr<std::string> normal_form(const std::string& guest_path) {
  const Result<GuestPath> parsed = parse_guest_path(guest_path);
  if (!parsed.ok() || !parsed.value().absolute || parsed.value().has_dot_dot) {
    return Error("guest path '" + guest_path + "' is not absolute, has '..' or is too long");
  }
  std::string normal = "/";
  for (const std::string_view name : parsed.value().names)
    normal = join_path(normal, name);
  return normal;
}

std::shared_ptr<host::UniqueFd> shared(host::UniqueFd fd) {
  return std::make_shared<host::UniqueFd>(std::move(fd));
}

}  // namespace

// --- MountState ------------------------------------------------------------------------------

ErrorOr<void> MountState::add(Mount mount) {
  LIND_TRY(places->add_place(mount.path, mount.is_directory));
  const auto same = std::find_if(mounts.begin(), mounts.end(),
                                 [&](const Mount& other) { return other.path == mount.path; });
  if (same != mounts.end()) {
    *same = std::move(mount);
  } else {
    mounts.push_back(std::move(mount));
  }
  return {};
}

const Mount* MountState::find(std::string_view path) const noexcept {
  for (const Mount& mount : mounts) {
    if (mount.path == path) return &mount;
  }
  return nullptr;
}

std::uint32_t MountState::mount_of(std::string_view path) const noexcept {
  std::uint32_t best = 0;
  for (std::uint32_t i = 1; i < mounts.size(); ++i) {
    if (mounts[i].is_directory && is_below(path, mounts[i].path) &&
        mounts[i].path.size() > mounts[best].path.size()) {
      best = i;
    }
  }
  return best;
}

const Mount* MountState::virtual_mount(std::string_view path) const noexcept {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (!is_below(path, mount.path)) continue;
    if (best == nullptr || mount.path.size() > best->path.size()) best = &mount;
  }
  return best != nullptr && best->is_virtual ? best : nullptr;
}

bool MountState::leads_to_mount(std::string_view path) const noexcept {
  return std::any_of(mounts.begin(), mounts.end(), [&](const Mount& mount) {
    return mount.path.size() > path.size() && is_below(mount.path, path);
  });
}

Directory MountState::root_of(std::uint32_t mount) const {
  return {mounts[mount].fd, mount, mounts[mount].read_only, mounts[mount].path};
}

Result<Directory> MountState::place_at(const std::string& path) const {
  if (!leads_to_mount(path)) return uapi::Errno::kENOENT;
  host::UniqueFd fd = LIND_TRY(directory_beneath(places->fd()->get(), path.substr(1)));
  return Directory{shared(std::move(fd)), kPlaces, true, path};
}

Result<Directory> MountState::directory_at(const std::string& path) const {
  const std::uint32_t mount = mount_of(path);
  const Mount& on = mounts[mount];
  if (on.path == path) return root_of(mount);
  if (on.is_virtual) return Directory{on.fd, mount, true, path};
  const std::string relative = path.substr(on.path == "/" ? 1 : on.path.size() + 1);
  Result<host::UniqueFd> fd = directory_beneath(on.fd->get(), relative);
  if (fd.ok()) return Directory{shared(std::move(fd).value()), mount, on.read_only, path};
  if (leads_to_mount(path)) return place_at(path);
  return fd.error();
}

Result<Directory> MountState::start_of(const BaseDirectory& base) const {
  if (base.dir == nullptr) return directory_at(base.path);
  const std::uint32_t mount = mount_of(base.path);
  return Directory{base.dir, mount, mounts[mount].read_only, base.path};
}

Result<std::optional<PlainPath>> MountState::plain_path(const BaseDirectory& base,
                                                        const GuestPath& path) const {
  if (path.has_dot_dot || path.names.empty() || base.rules.no_other_mount) {
    return std::optional<PlainPath>();
  }
  if (path.absolute && base.rules.beneath) return uapi::Errno::kEXDEV;
  const BaseDirectory top;
  const BaseDirectory& root = base.root == nullptr ? top : *base.root;
  const BaseDirectory& from = path.absolute ? root : base;
  std::string full = from.path;
  const std::size_t num_base_bytes = full.size();
  for (const std::string_view name : path.names)
    full = join_path(full, name);
  if (leads_to_mount(full) || virtual_mount(full) != nullptr) return std::optional<PlainPath>();
  const Mount* const exact = find(full);
  if (exact != nullptr && !exact->is_directory) return std::optional<PlainPath>();

  const std::uint32_t mount = mount_of(full);
  const bool from_base = from.dir != nullptr && mounts[mount].path.size() <= num_base_bytes;
  PlainPath plain{from_base ? LIND_TRY(start_of(from)) : root_of(mount), ".", std::move(full)};
  const std::size_t start = plain.directory.path == "/" ? 1 : plain.directory.path.size() + 1;
  if (plain.full.size() > start) plain.relative = plain.full.substr(start);
  return std::optional<PlainPath>(std::move(plain));
}

// --- IdMap -----------------------------------------------------------------------------------

SeenFile IdMap::seen(const struct stat& file) const {
  const std::optional<FileOwner> own = owners_->find({file.st_dev, file.st_ino});
  if (own) return {own->uid, own->gid, file.st_mode | own->set_ids};
  return {guest_uid(file.st_uid), guest_gid(file.st_gid), file.st_mode};
}

// --- MountTable ------------------------------------------------------------------------------

MountTable::MountTable(std::unique_ptr<MountState> state) : state_(std::move(state)) {}
MountTable::~MountTable() = default;

namespace {

/// The devices and links of a private /dev.
ErrorOr<void> add_devices(MountState& mounts) {
  LIND_TRY(mounts.places->add_place("/dev", true));
  host::UniqueFd dev(
      ::openat(mounts.places->fd()->get(), "dev", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dev.valid()) return host_error("open the private /dev", errno);
  LIND_TRY(mounts.add(Mount{.path = "/dev", .fd = shared(std::move(dev)), .read_only = true}));
  for (const char* const device : kDevices) {
    host::UniqueFd fd(::open(device, O_PATH | O_CLOEXEC));
    if (!fd.valid()) continue;  // a host without it has guests without it
    LIND_TRY(mounts.add(Mount{
        .path = device, .fd = shared(std::move(fd)), .is_directory = false, .device = device}));
  }
  for (const auto& [target, link] : kLinks) {
    if (::symlinkat(target, mounts.places->fd()->get(), link) != 0) {
      return host_error("make links in the private /dev", errno);
    }
  }
  return {};
}

}  // namespace

ErrorOr<std::shared_ptr<MountTable>> MountTable::create(Places places) {
  prepare_host_process();
  std::unique_ptr<PrivateDirectory> directory = LIND_TRY(PrivateDirectory::create());
  auto state = std::make_unique<MountState>(IdMap(::geteuid(), ::getegid()), std::move(directory));
  MountState& mounts = *state;
  LIND_TRY(mounts.add(Mount{.path = "/", .fd = mounts.places->fd()}));
  host::UniqueFd ready(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!ready.valid()) return host_error("open /dev/null", errno);
  mounts.always_ready = shared(std::move(ready));
  std::shared_ptr<MountTable> table(new MountTable(std::move(state)));
  if (places == Places::kNone) return table;
  LIND_TRY(add_devices(mounts));
  for (const char* const place : kVirtualDirectories)
    LIND_TRY(table->add_virtual(place, true));
  for (const char* const place : kVirtualFiles)
    LIND_TRY(table->add_virtual(place, false));
  return table;
}

ErrorOr<void> MountTable::add_virtual(const std::string& guest_path, bool is_directory) {
  std::string path = LIND_TRY(normal_form(guest_path));
  LIND_TRY(state_->places->add_place(path, is_directory));
  host::UniqueFd fd(::openat(state_->places->fd()->get(), path.substr(1).c_str(),
                             O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return host_error("open the private " + path, errno);
  return state_->add(Mount{.path = std::move(path),
                           .fd = shared(std::move(fd)),
                           .is_directory = is_directory,
                           .read_only = true,
                           .is_virtual = true});
}

bool MountTable::is_virtual(std::string_view guest_path) const noexcept {
  return state_->virtual_mount(guest_path) != nullptr;
}

std::vector<MountTable::GuestDirectory> MountTable::guest_directories() const {
  std::vector<GuestDirectory> directories;
  for (const Mount& mount : state_->mounts) {
    if (!mount.is_directory) continue;
    directories.push_back(
        {.path = mount.path, .is_virtual = mount.is_virtual, .read_only = mount.read_only});
  }
  return directories;
}

const std::shared_ptr<host::UniqueFd>& MountTable::always_ready() const noexcept {
  return state_->always_ready;
}

ErrorOr<void> MountTable::add_directory(const std::string& host_dir, const std::string& guest_path,
                                        Rights rights) {
  std::string path = LIND_TRY(normal_form(guest_path));
  host::UniqueFd fd(::open(host_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return host_error("directory " + host_dir, errno);
  return state_->add(Mount{.path = std::move(path),
                           .fd = shared(std::move(fd)),
                           .read_only = rights == Rights::kReadOnly});
}

// The mount point itself: it lies in memory, and nothing else shows it where "/" is granted.
ErrorOr<void> MountTable::add_tmpfs(const std::string& guest_path) {
  std::string path = LIND_TRY(normal_form(guest_path));
  if (path == "/") return Error("the root is a directory in memory unless one is granted");
  LIND_TRY(state_->places->add_place(path, true));
  host::UniqueFd fd(::openat(state_->places->fd()->get(), path.substr(1).c_str(),
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid() || ::fchmod(fd.get(), 01777) != 0) return host_error("make " + path, errno);
  return state_->add(Mount{.path = std::move(path), .fd = shared(std::move(fd))});
}

ErrorOr<void> MountTable::add_file(host::UniqueFd file, const std::string& guest_path,
                                   Rights rights) {
  std::string path = LIND_TRY(normal_form(guest_path));
  if (path == "/") return Error("a file cannot be shown at '/'");
  return state_->add(Mount{.path = std::move(path),
                           .fd = shared(std::move(file)),
                           .is_directory = false,
                           .read_only = rights == Rights::kReadOnly});
}

std::vector<MountTable::HostPlace> MountTable::host_places() const {
  std::vector<HostPlace> places = {{.fd = state_->places->fd(), .read_only = false}};
  for (const Mount& mount : state_->mounts)
    places.push_back({.fd = mount.fd, .read_only = mount.read_only});
  return places;
}

const IdMap& MountTable::ids() const noexcept {
  return state_->ids;
}
const std::string& MountTable::private_directory() const noexcept {
  return state_->places->host_path();
}

}  // namespace lind::rawposix
