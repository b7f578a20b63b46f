#include <fcntl.h>

#include <utility>

#include "rawposix/fs/virtual_node.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/load_program.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kMaxPathBytes = 4095;  // PATH_MAX without its NUL
constexpr std::int32_t kGuestAtFdcwd = AT_FDCWD;

// An array of pointers to strings, ended by 0; none at all is an empty one.
Result<std::vector<std::string>> read_strings(GuestPtr<std::uint32_t> array,
                                              std::size_t* bytes_left) {
  std::vector<std::string> strings;
  if (array.is_null()) return strings;
  for (std::uint64_t index = 0;; ++index) {
    const std::uint32_t address = LIND_TRY(array.element(index).read());
    if (address == 0) return strings;
    Result<std::string> text =
        array.owner()->read_cstring(GuestAddr{address}, kMaxExecStringBytes - 1);
    if (!text.ok()) {
      const bool too_long = text.error() == uapi::Errno::kENAMETOOLONG;
      return too_long ? uapi::Errno::kE2BIG : text.error();
    }
    const std::size_t bytes = text.value().size() + 1 + sizeof(address);
    if (bytes > *bytes_left) return uapi::Errno::kE2BIG;
    *bytes_left -= bytes;
    strings.push_back(std::move(text).value());
  }
}

BaseDirectory base_of(Caller& caller, const ProgramRequest& request) {
  return caller.seen_from(request.directory, nullptr);
}

// The program behind a path that leads through /proc, as /proc/self/exe does.
Result<void> follow_nodes(Caller& caller, ProgramRequest& request) {
  if (request.file != nullptr || request.path.empty()) return {};
  const Place place =
      LIND_TRY(find_place(caller, base_of(caller, request), request.path, FollowLast::kYes));
  if (!place.node) {
    if (caller.fs().root() == nullptr) request.path = place.name.guest_path;
  } else if (place.node->open_target != nullptr) {
    request.file = place.node->open_target;
  }
  return {};
}

SysResult execute(Caller& caller, ProgramRequest request, GuestPtr<std::uint32_t> argv,
                  GuestPtr<std::uint32_t> envp) {
  std::size_t bytes_left = kMaxExecBytes;
  request.who = caller.process().file_credentials();
  request.stack_bytes = caller.process().limit(uapi::kRLIMIT_STACK).current;
  request.memory_bytes = caller.process().limit(uapi::kRLIMIT_AS).current;
  request.args = LIND_TRY(read_strings(argv, &bytes_left));
  request.env = LIND_TRY(read_strings(envp, &bytes_left));
  const bool from_proc = !request.path.starts_with('/') && request.directory.starts_with("/proc");
  if (from_proc || request.path.starts_with("/proc") || request.path.starts_with("/dev/")) {
    LIND_TRY(follow_nodes(caller, request));
  }
  LoadedProgram program = LIND_TRY(load_program(caller.kernel(), caller.fs(), std::move(request)));
  LIND_TRY(caller.process().execute(caller.thread(), std::move(program)));
  return 0;
}

}  // namespace

SysResult sys_execve(Caller& caller, GuestPtr<const char> path, GuestPtr<std::uint32_t> argv,
                     GuestPtr<std::uint32_t> envp) {
  ProgramRequest request;
  request.path = LIND_TRY(path.owner()->read_cstring(path.addr(), kMaxPathBytes));
  if (request.path.empty()) return uapi::Errno::kENOENT;
  request.directory = caller.fs().cwd();
  return execute(caller, std::move(request), argv, envp);
}

SysResult sys_execveat(Caller& caller, std::int32_t directory, GuestPtr<const char> path,
                       GuestPtr<std::uint32_t> argv, GuestPtr<std::uint32_t> envp,
                       std::int32_t flags) {
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0) return uapi::Errno::kEINVAL;
  ProgramRequest request;
  request.path = LIND_TRY(path.owner()->read_cstring(path.addr(), kMaxPathBytes));
  request.directory = caller.fs().cwd();
  const bool is_absolute = request.path.starts_with('/');
  if (request.path.empty()) {
    if ((flags & AT_EMPTY_PATH) == 0) return uapi::Errno::kENOENT;
    const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(Fd{directory}));
    if (file->type() == OpenFile::Type::kPath) {
      request.path = file->path();
    } else {
      request.path = "/dev/fd/" + std::to_string(directory);
      request.file = file;
    }
  } else if (!is_absolute && directory != kGuestAtFdcwd) {
    const std::shared_ptr<OpenFile> start = LIND_TRY(caller.fds().get(Fd{directory}));
    if (start->type() != OpenFile::Type::kDirectory && start->type() != OpenFile::Type::kPath) {
      return uapi::Errno::kENOTDIR;
    }
    request.directory = start->path();
  }
  if ((flags & AT_SYMLINK_NOFOLLOW) != 0 && !request.path.empty() && request.file == nullptr) {
    const BaseDirectory base = base_of(caller, request);
    const MountTable& mounts = caller.fs().mounts();
    const ResolvedName name = LIND_TRY(mounts.resolve(base, request.path, FollowLast::kYes));
    const ResolvedName itself = LIND_TRY(mounts.resolve(base, request.path, FollowLast::kNo));
    if (name.guest_path != itself.guest_path) return uapi::Errno::kELOOP;
  }
  return execute(caller, std::move(request), argv, envp);
}

}  // namespace lind::rawposix
