// fd_readdir.

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "wasi/beneath_internal.h"
#include "wasi/functions.h"
#include "wasi/program.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

constexpr std::uint32_t kChunkBytes = 16 * 1024;

// Source: struct linux_dirent64, linux/dirent.h, v6.1.  A name with its NUL follows.
struct LinuxDirent {
  std::uint64_t ino;
  std::int64_t next;
  std::uint16_t record_bytes;
  std::uint8_t type;
};
constexpr std::size_t kNameOffset = offsetof(LinuxDirent, type) + 1;
static_assert(kNameOffset == 19);

Filetype filetype_of_entry(std::uint8_t type) noexcept {
  switch (type) {
    case DT_BLK:
      return Filetype::kBlockDevice;
    case DT_CHR:
      return Filetype::kCharacterDevice;
    case DT_DIR:
      return Filetype::kDirectory;
    case DT_REG:
      return Filetype::kRegularFile;
    case DT_SOCK:
      return Filetype::kSocketStream;
    case DT_LNK:
      return Filetype::kSymbolicLink;
    default:
      return Filetype::kUnknown;
  }
}

/// The guest's buffer, filled front to back; what does not fit is cut.
class EntryWriter {
 public:
  EntryWriter(const Bytes& buffer, std::uint32_t num_bytes)
      : buffer_(buffer), num_bytes_(num_bytes) {}

  bool is_full() const noexcept { return used_ == num_bytes_; }
  std::uint32_t used() const noexcept { return used_; }

  Answer add(std::span<const std::byte> bytes) {
    const auto fit = std::min<std::size_t>(bytes.size(), num_bytes_ - used_);
    LIND_TRY(buffer_.copy_out(used_, bytes.first(fit)));
    used_ += static_cast<std::uint32_t>(fit);
    return {};
  }

 private:
  Bytes buffer_;
  std::uint32_t num_bytes_;
  std::uint32_t used_ = 0;
};

// Entries as getdents64 gives them.  A grate may have written them: nothing in them is believed.
Answer add_entries(std::span<const std::byte> records, EntryWriter& out) {
  while (records.size() > kNameOffset && !out.is_full()) {
    LinuxDirent head{};
    std::memcpy(&head, records.data(), kNameOffset);
    if (head.record_bytes <= kNameOffset || head.record_bytes > records.size()) return Errno::kIo;
    const std::span<const std::byte> room =
        records.subspan(kNameOffset, head.record_bytes - kNameOffset);
    const auto end = std::ranges::find(room, std::byte{0});
    const std::span<const std::byte> name =
        room.first(static_cast<std::size_t>(end - room.begin()));
    const Dirent entry{.next = static_cast<std::uint64_t>(head.next),
                       .ino = head.ino,
                       .name_bytes = static_cast<std::uint32_t>(name.size()),
                       .filetype = static_cast<std::uint8_t>(filetype_of_entry(head.type)),
                       .pad = {}};
    LIND_TRY(out.add(std::as_bytes(std::span(&entry, 1))));
    LIND_TRY(out.add(name));
    records = records.subspan(head.record_bytes);
  }
  return {};
}

Answer list(Context& context, std::int64_t fd, std::uint64_t cookie, EntryWriter& out) {
  if (cookie != 0) LIND_TRY(context.linux.make(SyscallNo::k_lseek, fd, cookie, SEEK_SET));
  const GuestAddr chunk = LIND_TRY(context.linux.reserve(kChunkBytes));
  std::vector<std::byte> records(kChunkBytes);
  while (!out.is_full()) {
    const std::int64_t got =
        LIND_TRY(context.linux.make(SyscallNo::k_getdents64, fd, chunk, kChunkBytes));
    if (got == 0) return {};
    const std::size_t num_bytes = std::min<std::size_t>(static_cast<std::size_t>(got), kChunkBytes);
    LIND_TRY(context.linux.get(chunk, std::span(records).first(num_bytes)));
    LIND_TRY(add_entries(std::span(records).first(num_bytes), out));
  }
  return {};
}

}  // namespace

// Each call opens the directory anew: the offset of `fd` is shared by threads, and a cookie must
// not depend on what another one reads.
Answer fd_readdir(Context& context, std::uint32_t fd, Bytes buffer, std::uint32_t buffer_bytes,
                  std::uint64_t cookie, Ptr<std::uint32_t> used_bytes) {
  const Descriptor descriptor = LIND_TRY(context.program.descriptors().find(fd, kFdReaddir));
  if (!descriptor.is_directory()) return Errno::kNotdir;
  EntryWriter out(buffer, buffer_bytes);
  const TemporaryFd directory = LIND_TRY(open_beneath(context, fd, ".", O_RDONLY | O_DIRECTORY));
  LIND_TRY(list(context, directory.fd(), cookie, out));
  return used_bytes.write(out.used());
}

}  // namespace lind::wasi
