#include "embed/compiler.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <climits>
#include <fmt/core.h>

#include "base/units.h"

namespace lind::embed {
namespace {

template <typename T>
bool read_at(int fd, std::uint64_t offset, std::span<T> out) {
  const std::span<std::byte> bytes = std::as_writable_bytes(out);
  return ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(bytes.size());
}

/// The build id among the notes of one segment.
std::optional<std::string> build_id_in(std::span<const std::byte> notes) {
  constexpr std::string_view kOwner{"GNU\0", 4};
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header{};
    std::memcpy(&header, notes.data(), sizeof(header));
    const std::uint64_t name_end = sizeof(header) + align_up(header.n_namesz, 4);
    const std::uint64_t end = name_end + align_up(header.n_descsz, 4);
    if (end > notes.size()) return std::nullopt;
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == kOwner.size() &&
        std::memcmp(notes.data() + sizeof(header), kOwner.data(), kOwner.size()) == 0) {
      std::string id;
      for (const std::byte byte : notes.subspan(name_end, header.n_descsz)) {
        id += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
      }
      return id;
    }
    notes = notes.subspan(end);
  }
  return std::nullopt;
}

std::optional<std::string> build_id(int fd) {
  constexpr std::size_t kMaxSegments = 64;
  constexpr std::uint64_t kMaxNoteBytes = 4096;
  Elf64_Ehdr header{};
  if (!read_at(fd, 0, std::span(&header, 1)) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_phnum > kMaxSegments) {
    return std::nullopt;
  }
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  if (!read_at(fd, header.e_phoff, std::span(segments))) return std::nullopt;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_NOTE || segment.p_filesz > kMaxNoteBytes) continue;
    std::vector<std::byte> notes(segment.p_filesz);
    if (!read_at(fd, segment.p_offset, std::span(notes))) continue;
    if (auto id = build_id_in(notes)) return id;
  }
  return std::nullopt;
}

}  // namespace

ErrorOr<CompilerProgram> find_compiler() {
  std::array<char, PATH_MAX> self{};
  const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size());
  if (length < 0) return host_error("/proc/self/exe", errno);
  const std::string_view own_path(self.data(), static_cast<std::size_t>(length));
  ErrorOr<CompilerProgram> compiler =
      open_compiler(std::string(own_path.substr(0, own_path.rfind('/') + 1)) + "lindc");
  if (!compiler.ok()) return Error(compiler.error()).in("the compiler belongs beside lind");
  return compiler;
}

ErrorOr<CompilerProgram> open_compiler(std::string path) {
  CompilerProgram compiler;
  compiler.path = std::move(path);
  compiler.file = host::UniqueFd(::open(compiler.path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!compiler.file.valid() || ::fstat(compiler.file.get(), &status) != 0) {
    return host_error(compiler.path, errno);
  }
  compiler.identity = build_id(compiler.file.get())
                          .value_or(fmt::format("{} bytes of {}.{:09}", status.st_size,
                                                status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
  return compiler;
}

object::Key first_start_key(const object::Key& key) {
  std::vector<std::byte> text(key.begin(), key.end());
  for (const char c : std::string_view("first start"))
    text.push_back(static_cast<std::byte>(c));
  return object::sha256(text);
}

std::vector<std::string> compiler_arguments(const CompileJob& job) {
  // sysconf may fail with -1; lindc takes 1 to 64.
  const long num_threads = std::clamp(::sysconf(_SC_NPROCESSORS_ONLN), 1L, 64L);
  std::vector<std::string> arguments = {"lindc",
                                        "--module-fd",
                                        fmt::format("{}", kModuleFd),
                                        "--object-fd",
                                        fmt::format("{}", kObjectFd),
                                        "--key",
                                        object::to_hex(job.key),
                                        "--cpu",
                                        std::string(object::cpu_name(job.cpu)),
                                        "--threads",
                                        fmt::format("{}", num_threads),
                                        "--progress"};
  if (job.effort == Effort::kFirstStart) arguments.emplace_back("-O0");
  return arguments;
}

ErrorOr<void> compiler_verdict(int wait_status, std::string_view said) {
  if (wait_status == 0) return {};
  if (WIFSIGNALED(wait_status)) {
    return Error(fmt::format("the compiler was killed by signal {}", WTERMSIG(wait_status)));
  }
  if (said.empty()) {
    return Error(fmt::format("the compiler said nothing and ended with status {}",
                             WEXITSTATUS(wait_status)));
  }
  said = said.substr(0, said.find('\n'));
  const std::string prefix = fmt::format("lindc: descriptor {}: ", kModuleFd);
  if (said.starts_with(prefix)) said.remove_prefix(prefix.size());
  return Error(std::string(said));
}

}  // namespace lind::embed
