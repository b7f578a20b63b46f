// How MountTable::resolve finds the parent of a name.

#include <fcntl.h>

#include <optional>
#include <utility>

#include "rawposix/fs/beneath.h"
#include "rawposix/fs/mount_state_internal.h"
#include "rawposix/fs/permission.h"

namespace lind::rawposix {
namespace {

constexpr int kMaxLinks = 40;  // linux/namei.h, MAXSYMLINKS

ResolvedName name_in(const Directory& parent, std::string name, std::string guest_path) {
  return {.parent = parent.fd,
          .name = std::move(name),
          .mount = parent.mount,
          .read_only = parent.read_only,
          .guest_path = std::move(guest_path)};
}

ResolvedName directory_itself(const Directory& directory, LastName last) {
  ResolvedName name = name_in(directory, ".", directory.path);
  name.last = last;
  name.must_be_directory = true;
  return name;
}

ResolvedName file_itself(const MountState& mounts, const Mount& mount) {
  return {.parent = mount.fd,
          .name = "",
          .last = LastName::kMountRoot,
          .mount = static_cast<std::uint32_t>(&mount - mounts.mounts.data()),
          .read_only = mount.read_only,
          .guest_path = mount.path};
}

ResolvedName virtual_name(const Mount& mount, std::string path, bool must_be_directory) {
  return {.parent = mount.fd,
          .name = "",
          .last = LastName::kMountRoot,
          .read_only = true,
          .must_be_directory = must_be_directory,
          .guest_path = std::move(path),
          .is_virtual = true};
}

/// One path being walked component by component.
class PathWalk {
 public:
  PathWalk(const MountState& mounts, const BaseDirectory& base, Directory start, FollowLast follow,
           Permission permission)
      : mounts_(mounts),
        base_(base),
        current_(std::move(start)),
        start_mount_(current_.mount),
        follow_(follow),
        permission_(std::move(permission)) {}

  Result<ResolvedName> run(std::string_view path);

 private:
  /// Puts the components of `text` in front of what is left to do.
  Result<void> push(std::string_view text);
  Result<void> push_link(const std::string& target);
  /// Goes to where absolute paths start.
  Result<void> go_to_root();
  Result<void> go_up();
  /// Errors: EXDEV if the rules keep it on the mount it started on.
  Result<void> check_mount() const;
  /// Goes into the directory `name`, or queues the link of that name.
  Result<void> enter(const std::string& name, const std::string& full);
  Result<ResolvedName> last_name(const std::string& name, std::string full);
  /// What is left to do, behind `path` in a virtual place.
  ResolvedName virtual_rest(const Mount& mount, std::string path) const;

  const MountState& mounts_;
  const BaseDirectory& base_;
  Directory current_;
  const std::uint32_t start_mount_;
  FollowLast follow_;
  Permission permission_;
  std::vector<std::string> todo_;  ///< the next component is the last element
  bool slash_ = false;             ///< the last component must be a directory
  int num_links_ = 0;
};

Result<void> PathWalk::push(std::string_view text) {
  const GuestPath path = LIND_TRY(parse_guest_path(text));
  if (path.absolute) LIND_TRY(go_to_root());
  if (todo_.empty()) slash_ = slash_ || path.ends_in_slash;
  if (path.ends_in_dot) todo_.emplace_back(".");
  for (auto name = path.names.rbegin(); name != path.names.rend(); ++name) {
    todo_.emplace_back(*name);
  }
  return {};
}

Result<void> PathWalk::push_link(const std::string& target) {
  if (++num_links_ > kMaxLinks || base_.rules.no_links) return uapi::Errno::kELOOP;
  return push(target);
}

Result<void> PathWalk::go_to_root() {
  if (base_.rules.beneath) return uapi::Errno::kEXDEV;
  current_ = base_.root == nullptr ? mounts_.root_of(0) : LIND_TRY(mounts_.start_of(*base_.root));
  return check_mount();
}

Result<void> PathWalk::go_up() {
  const std::string_view top = base_.root == nullptr ? std::string_view("/") : base_.root->path;
  if (base_.rules.beneath && current_.path == base_.path) return uapi::Errno::kEXDEV;
  if (current_.path == top) return {};
  current_ = LIND_TRY(mounts_.directory_at(parent_path(current_.path)));
  return check_mount();
}

Result<void> PathWalk::check_mount() const {
  const bool left = base_.rules.no_other_mount && current_.mount != start_mount_;
  return left ? Result<void>(uapi::Errno::kEXDEV) : Result<void>();
}

Result<ResolvedName> PathWalk::run(std::string_view path) {
  LIND_TRY(push(path));
  LastName last = LastName::kMountRoot;  // of a path of slashes alone
  while (!todo_.empty()) {
    LIND_TRY(permission_.access(current_.fd->get(), X_OK));
    const std::string name = std::move(todo_.back());
    todo_.pop_back();
    if (name == ".") {
      last = LastName::kDot;
      continue;
    }
    if (name == "..") {
      LIND_TRY(go_up());
      last = LastName::kDotDot;
      continue;
    }
    const std::string full = join_path(current_.path, name);
    const Mount* const own = mounts_.virtual_mount(full);
    const Mount* const mount = mounts_.find(full);
    if (base_.rules.no_other_mount && (own != nullptr || mount != nullptr)) {
      return uapi::Errno::kEXDEV;
    }
    if (own != nullptr) return virtual_rest(*own, full);
    if (mount != nullptr && mount->is_directory) {
      current_ = mounts_.root_of(static_cast<std::uint32_t>(mount - mounts_.mounts.data()));
      last = LastName::kMountRoot;
      continue;
    }
    if (mount != nullptr) {
      if (!todo_.empty() || slash_) return uapi::Errno::kENOTDIR;
      return file_itself(mounts_, *mount);
    }
    if (!todo_.empty()) {
      LIND_TRY(enter(name, full));
      last = LastName::kMountRoot;
      continue;
    }
    std::optional<std::string> target;
    const bool follow = follow_ == FollowLast::kYes || (follow_ == FollowLast::kIfSlash && slash_);
    if (follow) target = LIND_TRY(link_target(current_.fd->get(), name));
    if (!target.has_value()) return last_name(name, full);
    LIND_TRY(push_link(*target));
    last = LastName::kMountRoot;
  }
  const Mount* const own = mounts_.virtual_mount(current_.path);
  if (own != nullptr) return virtual_name(*own, current_.path, true);
  return directory_itself(current_, last);
}

ResolvedName PathWalk::virtual_rest(const Mount& mount, std::string path) const {
  for (auto name = todo_.rbegin(); name != todo_.rend(); ++name)
    path = join_path(path, *name);
  const bool ends_in_dot = !todo_.empty() && todo_.front() == ".";
  return virtual_name(mount, std::move(path), slash_ || ends_in_dot);
}

Result<void> PathWalk::enter(const std::string& name, const std::string& full) {
  Result<host::UniqueFd> fd = directory_beneath(current_.fd->get(), name);
  if (fd.ok()) {
    current_.fd = std::make_shared<host::UniqueFd>(std::move(fd).value());
    current_.path = full;
    return {};
  }
  if (mounts_.leads_to_mount(full)) {
    current_ = LIND_TRY(mounts_.place_at(full));
    return {};
  }
  if (fd.error() != uapi::Errno::kELOOP && fd.error() != uapi::Errno::kENOTDIR) return fd.error();
  const std::optional<std::string> target = LIND_TRY(link_target(current_.fd->get(), name));
  if (!target.has_value()) return uapi::Errno::kENOTDIR;
  return push_link(*target);
}

Result<ResolvedName> PathWalk::last_name(const std::string& name, std::string full) {
  if (mounts_.leads_to_mount(full)) {
    const Result<host::UniqueFd> there =
        open_beneath(current_.fd->get(), name, O_PATH | O_NOFOLLOW);
    if (!there.ok() && there.error() == uapi::Errno::kENOENT) {
      return directory_itself(LIND_TRY(mounts_.place_at(full)), LastName::kMountRoot);
    }
  }
  ResolvedName resolved = name_in(current_, name, std::move(full));
  resolved.must_be_directory = slash_;
  return resolved;
}

/// The parent of a plain path in one host lookup; nothing if a symbolic link is in the way.
Result<std::optional<ResolvedName>> plain_name(const PlainPath& plain, const GuestPath& path,
                                               FollowLast follow) {
  if (plain.relative == ".") return std::optional<ResolvedName>();
  const std::size_t slash = plain.relative.rfind('/');
  Directory parent = plain.directory;
  if (slash != std::string::npos) {
    Result<host::UniqueFd> fd =
        directory_beneath(parent.fd->get(), plain.relative.substr(0, slash));
    if (!fd.ok()) {
      // ENOTDIR too: the host answers it for a link that is the last component of the parent.
      if (fd.error() == uapi::Errno::kELOOP || fd.error() == uapi::Errno::kENOTDIR) {
        return std::optional<ResolvedName>();
      }
      return fd.error();
    }
    parent.fd = std::make_shared<host::UniqueFd>(std::move(fd).value());
  }
  std::string name = plain.relative.substr(slash == std::string::npos ? 0 : slash + 1);
  if (follow == FollowLast::kYes || (follow == FollowLast::kIfSlash && path.ends_in_slash)) {
    const auto target = LIND_TRY(link_target(parent.fd->get(), name));
    if (target.has_value()) return std::optional<ResolvedName>();
  }
  ResolvedName resolved = name_in(parent, std::move(name), plain.full);
  resolved.must_be_directory = path.ends_in_slash;
  return std::optional<ResolvedName>(std::move(resolved));
}

}  // namespace

Result<ResolvedName> MountTable::resolve(const BaseDirectory& base, std::string_view path,
                                         FollowLast follow) const {
  const GuestPath parsed = LIND_TRY(parse_guest_path(path));
  Permission permission(base.who, state_->ids);
  if (!parsed.ends_in_dot && !permission.is_restricted()) {
    const std::optional<PlainPath> plain = LIND_TRY(state_->plain_path(base, parsed));
    if (plain.has_value()) {
      std::optional<ResolvedName> name = LIND_TRY(plain_name(*plain, parsed, follow));
      if (name.has_value()) return std::move(*name);
    }
  }
  // An absolute path goes to its root at once.
  Directory start = parsed.absolute && !base.rules.no_other_mount
                        ? state_->root_of(0)
                        : LIND_TRY(state_->start_of(base));
  return PathWalk(*state_, base, std::move(start), follow, std::move(permission)).run(path);
}

}  // namespace lind::rawposix
