#include "rawposix/fs/virtual_node.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/mutex.h"
#include "base/units.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/fs/virtual_file.h"
#include "rawposix/proc/procfs.h"

namespace lind::rawposix {
namespace {

using Type = VirtualNode::Type;
using Names = std::vector<std::string>;

constexpr int kMaxLinks = 40;             // linux/namei.h, MAXSYMLINKS
constexpr std::uint64_t kNodeDevice = 4;  // st_dev: a number that no file system of the host has

std::string text_of(std::span<const std::string> names) {
  std::string text = "/";
  for (const std::string& name : names)
    text = join_path(text, name);
  return text;
}

/// What a walk among nodes ends at: a node, or a path to go on with from the root.
struct Step {
  std::optional<VirtualNode> node;
  std::string onward;
};

/// Walks `path` from the root while it stays among nodes.
Result<Step> walk(Caller& caller, std::string_view path, bool follow) {
  const GuestPath parsed = LIND_TRY(parse_guest_path(path));
  Names done;
  for (std::size_t i = 0; i < parsed.names.size(); ++i) {
    const auto rest = [&] {
      return text_of(
          Names(parsed.names.begin() + static_cast<std::ptrdiff_t>(i) + 1, parsed.names.end()));
    };
    if (parsed.names[i] == "..") {
      if (!done.empty()) done.pop_back();
      if (!caller.fs().mounts().is_virtual(text_of(done))) return Step{{}, text_of(done) + rest()};
      continue;
    }
    done.emplace_back(parsed.names[i]);
    const bool last = i + 1 == parsed.names.size();
    const std::string here = text_of(done);
    if (!caller.fs().mounts().is_virtual(here)) continue;  // "/dev" of "/dev/pts"
    VirtualNode node = LIND_TRY(look_up_node(caller, done));
    node.path = here;
    if (node.type != Type::kLink || (last && !follow)) {
      if (last) return Step{std::move(node), {}};
      if (node.type != Type::kDirectory) return uapi::Errno::kENOTDIR;
      continue;
    }
    if (last && node.open_target != nullptr) return Step{std::move(node), {}};
    const std::string target = node.open_target != nullptr ? node.open_target->path() : node.target;
    if (target.empty()) return uapi::Errno::kENOTDIR;
    done.pop_back();
    std::string onward = target.starts_with('/') ? target : join_path(text_of(done), target);
    if (!last) onward += rest();
    return Step{{}, std::move(onward)};
  }
  VirtualNode node = LIND_TRY(look_up_node(caller, done));
  node.path = text_of(done);
  return Step{std::move(node), {}};
}

/// An open file or directory of /proc.
class NodeFile final : public VirtualFile {
 public:
  NodeFile(VirtualNode node, std::uint64_t flags) : VirtualFile(flags), node_(std::move(node)) {}

  // A file is made anew when it is read from its start, as programs that keep it open expect.
  Result<std::size_t> read(Caller& /*caller*/, std::span<std::byte> into, Offset offset) override {
    if (node_.type == Type::kDirectory) return uapi::Errno::kEISDIR;
    const MutexLock lock(mu_);
    const std::uint64_t start = offset.value_or(position_);
    if (start == 0 || !made_) content_ = node_.text();
    made_ = true;
    const std::size_t left = content_.size() - std::min<std::uint64_t>(start, content_.size());
    const std::size_t count = std::min(left, into.size());
    std::memcpy(into.data(), content_.data() + (content_.size() - left), count);
    if (!offset) position_ += count;
    return count;
  }
  Result<std::size_t> write(Caller& /*caller*/, std::span<const std::byte> /*from*/,
                            Offset /*offset*/) override {
    return uapi::Errno::kEBADF;
  }
  Result<std::int64_t> seek(std::int64_t offset, std::int32_t whence) override {
    const MutexLock lock(mu_);
    if (whence != SEEK_SET && whence != SEEK_CUR) return uapi::Errno::kEINVAL;
    const auto base = whence == SEEK_SET ? 0 : static_cast<std::int64_t>(position_);
    std::int64_t sum = 0;
    if (__builtin_add_overflow(base, offset, &sum) || sum < 0) return uapi::Errno::kEINVAL;
    position_ = static_cast<std::uint64_t>(sum);
    return sum;
  }
  Result<std::size_t> list(Caller& caller, std::span<std::byte> into) override;
  Result<std::int64_t> ioctl(Caller& /*caller*/, std::uint32_t /*request*/,
                             runtime::GuestBytes /*arg*/) override {
    return uapi::Errno::kENOTTY;
  }
  Result<struct stat> status(Caller& /*caller*/) override { return status_of(node_); }

 private:
  const VirtualNode node_;
  Mutex mu_;
  std::string content_ LIND_GUARDED_BY(mu_);
  bool made_ LIND_GUARDED_BY(mu_) = false;
  std::uint64_t position_ LIND_GUARDED_BY(mu_) = 0;  ///< of a directory: entries listed
  std::vector<VirtualNode::Entry> entries_ LIND_GUARDED_BY(mu_);
};

unsigned char directory_type(Type type) noexcept {
  switch (type) {
    case Type::kFile:
      return 8;  // DT_REG and so on: bits/dirent
    case Type::kDirectory:
      return 4;
    case Type::kLink:
      return 10;
    case Type::kDevice:
      return 2;
  }
  return 0;
}

// struct linux_dirent64: u64 inode, i64 position of the next, u16 size, u8 type, name.
Result<std::size_t> NodeFile::list(Caller& /*caller*/, std::span<std::byte> into) {
  constexpr std::size_t kHeaderBytes = 19;
  if (node_.type != Type::kDirectory) return uapi::Errno::kENOTDIR;
  const MutexLock lock(mu_);
  if (position_ == 0) {
    entries_ = {{".", Type::kDirectory}, {"..", Type::kDirectory}};
    for (VirtualNode::Entry& entry : node_.entries())
      entries_.push_back(std::move(entry));
  }
  std::size_t used = 0;
  for (; position_ < entries_.size(); ++position_) {
    const VirtualNode::Entry& entry = entries_[position_];
    const std::size_t size = align_up(kHeaderBytes + entry.name.size() + 1, 8);
    if (size > into.size() - used) break;
    const std::span<std::byte> record = into.subspan(used, size);
    std::ranges::fill(record, std::byte{0});
    const std::uint64_t inode = std::hash<std::string>{}(join_path(node_.path, entry.name)) | 1;
    const std::uint64_t next = position_ + 1;
    const auto size_word = static_cast<std::uint16_t>(size);
    std::memcpy(record.data(), &inode, sizeof(inode));
    std::memcpy(record.data() + 8, &next, sizeof(next));
    std::memcpy(record.data() + 16, &size_word, sizeof(size_word));
    record[18] = std::byte{directory_type(entry.type)};
    std::memcpy(record.data() + kHeaderBytes, entry.name.data(), entry.name.size());
    used += size;
  }
  if (used == 0 && position_ < entries_.size()) return uapi::Errno::kEINVAL;
  return used;
}

// What the link of a descriptor gives when it is opened: the file by its name, or itself.
Result<std::shared_ptr<OpenFile>> open_again(Caller& caller, const VirtualNode& link,
                                             std::uint64_t flags) {
  const std::shared_ptr<OpenFile>& target = link.open_target;
  using FileType = OpenFile::Type;
  const bool has_name =
      !target->path().empty() &&
      (target->type() == FileType::kRegular || target->type() == FileType::kDirectory ||
       target->type() == FileType::kDevice || target->virtual_file() != nullptr);
  if (has_name) {
    const std::uint64_t plain = flags & ~std::uint64_t{O_CREAT | O_EXCL};
    const Place place =
        LIND_TRY(find_place(caller, caller.top_directory(), target->path(), FollowLast::kNo));
    if (place.node) return open_node(caller, *place.node, plain);
    return caller.fs().mounts().open(caller.top_directory(), target->path(), plain, 0,
                                     &caller.thread());
  }
  if (target->type() == FileType::kSocket) return uapi::Errno::kENXIO;
  const std::int32_t mode = target->virtual_file() != nullptr ? target->virtual_file()->flags()
                                                              : ::fcntl(target->host_fd(), F_GETFL);
  // Sharing gives no right that the descriptor has not.
  const auto wanted = static_cast<std::int32_t>(flags & O_ACCMODE);
  if (mode < 0 || ((mode & O_ACCMODE) != O_RDWR && (mode & O_ACCMODE) != wanted)) {
    return uapi::Errno::kEACCES;
  }
  return target;
}

}  // namespace

Result<Place> find_place(Caller& caller, const BaseDirectory& base, std::string_view path,
                         FollowLast follow) {
  ResolvedName name = LIND_TRY(caller.fs().mounts().resolve(base, path, follow));
  if (!name.is_virtual) return Place{std::move(name), {}};
  return find_place(caller, std::move(name), follow);
}

Result<Place> find_place(Caller& caller, ResolvedName name, FollowLast follow) {
  for (int num_links = 0; num_links < kMaxLinks; ++num_links) {
    const bool follows =
        follow == FollowLast::kYes || (follow == FollowLast::kIfSlash && name.must_be_directory);
    Step step = LIND_TRY(walk(caller, name.guest_path, follows));
    if (step.node) {
      if (name.must_be_directory && step.node->type != Type::kDirectory) {
        return uapi::Errno::kENOTDIR;
      }
      return Place{std::move(name), std::move(step.node)};
    }
    if (name.must_be_directory) step.onward += '/';
    name = LIND_TRY(caller.fs().mounts().resolve(caller.top_directory(), step.onward, follow));
    if (!name.is_virtual) return Place{std::move(name), {}};
  }
  return uapi::Errno::kELOOP;
}

struct stat status_of(const VirtualNode& node) {
  constexpr std::array<mode_t, 4> kTypes = {S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR};
  struct stat status{};
  status.st_mode = kTypes[static_cast<std::size_t>(node.type)] | node.permissions;
  status.st_dev = kNodeDevice;
  status.st_ino = std::hash<std::string>{}(node.path) | 1;
  status.st_nlink = node.type == Type::kDirectory ? 2 : 1;
  status.st_rdev = node.device;
  status.st_blksize = 1024;
  status.st_uid = ::geteuid();
  status.st_gid = ::getegid();
  timespec now{};
  (void)::clock_gettime(CLOCK_REALTIME, &now);
  status.st_atim = status.st_mtim = status.st_ctim = now;
  return status;
}

Result<std::shared_ptr<OpenFile>> open_node(Caller& caller, const VirtualNode& node,
                                            std::uint64_t flags) {
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return uapi::Errno::kEEXIST;
  if (node.type == Type::kLink) {
    if (node.open_target == nullptr) return uapi::Errno::kELOOP;
    return open_again(caller, node, flags);
  }
  const bool is_directory = node.type == Type::kDirectory;
  if (!is_directory && (flags & O_DIRECTORY) != 0) return uapi::Errno::kENOTDIR;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (is_directory && (writes || (flags & O_CREAT) != 0)) return uapi::Errno::kEISDIR;
  const bool path_only = (flags & O_PATH) != 0;
  if (node.type == Type::kDevice && !path_only) return node.open(flags);
  if (writes && !path_only) return uapi::Errno::kEACCES;
  const OpenFile::Type type = path_only      ? OpenFile::Type::kPath
                              : is_directory ? OpenFile::Type::kDirectory
                                             : OpenFile::Type::kRegular;
  return std::make_shared<OpenFile>(caller.fs().mounts().always_ready(), type, true, node.path,
                                    std::make_unique<NodeFile>(node, flags));
}

}  // namespace lind::rawposix
