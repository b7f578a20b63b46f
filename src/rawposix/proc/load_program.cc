#include "rawposix/proc/load_program.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/units.h"
#include "host/errno.h"
#include "rawposix/foreign_program.h"
#include "rawposix/fs/permission.h"
#include "uapi/process.h"

namespace lind::rawposix {
namespace {

/// Source: exec_binprm, fs/exec.c, v6.1: the sixth file must be a program.
constexpr int kMaxInterpreters = 5;

Result<ExecHead> read_head(int fd) {
  ExecHead head{};
  const ssize_t got = ::pread(fd, head.data(), head.size(), 0);
  if (got < 0) return host::last_errno();
  return head;
}

constexpr std::uint64_t kReadProgram = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

/// A program may be executable and not readable: we read it all the same.
Result<std::shared_ptr<OpenFile>> open_for_reading(const OpenFile& file) {
  const std::string itself = "/proc/self/fd/" + std::to_string(file.host_fd());
  host::UniqueFd fd(::open(itself.c_str(), static_cast<int>(kReadProgram)));
  if (!fd.valid()) return host::last_errno();
  return make_open_file(std::move(fd), OpenFile::Type::kRegular, file.read_only_mount(),
                        file.path());
}

struct OpenProgram {
  std::shared_ptr<OpenFile> file;
  SetIds set_ids;
};

// Source of the ids: bprm_fill_uid, fs/exec.c, v6.1.
SetIds set_ids_of(const SeenFile& seen) {
  SetIds ids;
  if ((seen.mode & S_ISUID) != 0) ids.user = seen.uid;
  if ((seen.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) ids.group = seen.gid;
  return ids;
}

Result<OpenProgram> open_program(const FsContext& fs, const ProgramRequest& request) {
  const Permission permission(request.who, fs.mounts().ids());
  std::shared_ptr<OpenFile> file = request.file;
  if (file == nullptr) {
    const std::uint64_t flags = permission.is_restricted() ? O_PATH | O_CLOEXEC : kReadProgram;
    const BaseDirectory base{.path = request.directory, .root = fs.root(), .who = request.who};
    file = LIND_TRY(fs.mounts().open(base, request.path, flags, 0));
  }
  struct stat status{};
  if (::fstat(file->host_fd(), &status) != 0) return host::last_errno();
  if (!S_ISREG(status.st_mode)) return uapi::Errno::kEACCES;
  // The host user is uid 0 inside, to whom one execute bit of any kind is enough.
  if (request.needs_execute_permission) {
    if ((status.st_mode & 0111) == 0) return uapi::Errno::kEACCES;
    LIND_TRY(permission.access(status, X_OK));
  }
  if (file->type() == OpenFile::Type::kPath) file = LIND_TRY(open_for_reading(*file));
  return OpenProgram{std::move(file), set_ids_of(fs.mounts().ids().seen(status))};
}

Result<void> check_size(const std::vector<std::string>& args, const std::vector<std::string>& env) {
  std::size_t total = 0;
  for (const std::vector<std::string>* list : {&args, &env}) {
    for (const std::string& text : *list) {
      if (text.size() >= kMaxExecStringBytes) return uapi::Errno::kE2BIG;
      total += text.size() + 1 + sizeof(std::uint32_t);
    }
  }
  if (total > kMaxExecBytes) return uapi::Errno::kE2BIG;
  return {};
}

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(slash == std::string::npos ? 0 : slash + 1, uapi::kTaskNameBytes - 1);
}

// The heap begins empty: what the module's initial memory has behind __heap_base is given back, so
// that every page of the heap was mapped, zeroed, by brk.
Result<void> trim_heap(runtime::AddressSpace& memory, std::uint64_t heap_base) {
  const std::uint64_t first = align_up(heap_base, kHostPageSize);
  const std::uint64_t end = memory.pages() * kWasmPageSize;
  if (heap_base == 0 || first >= end) return {};
  return memory.unmap(GuestAddr{first}, end - first);
}

// The value that the exported global `name` begins with; 0 if there is none or it is no constant.
std::uint64_t exported_constant(const object::Object& object, std::string_view name) {
  for (const vmabi::ExportRecord& record : object.exports()) {
    if (record.kind != static_cast<std::uint32_t>(vmabi::ExternKind::kGlobal)) continue;
    if (object.text(record.name) != name) continue;
    const vmabi::ConstExpr& init = object.globals()[record.index].init;
    if (init.kind != static_cast<std::uint32_t>(vmabi::ConstKind::kValue)) return 0;
    return init.low & 0xffffffff;
  }
  return 0;
}

// RLIMIT_STACK: the first thread's stack lies in front of all data, as large as it was linked, and
// loses its far end.
Result<void> trim_stack(runtime::AddressSpace& memory, std::uint64_t top, std::uint64_t num_bytes) {
  const std::uint64_t low = vmabi::kLowGuardBytes;
  const std::uint64_t end =
      align_down(std::min(top, memory.pages() * kWasmPageSize), kHostPageSize);
  if (end <= low || num_bytes >= end - low) return {};
  const std::uint64_t first = align_down(end - num_bytes, kHostPageSize);
  if (first <= low) return {};
  return memory.unmap(GuestAddr{low}, first - low);
}

// What a Lind program has beside its instance.
Result<void> prepare_lind_program(LoadedProgram& loaded, const std::string& name,
                                  std::uint64_t stack_bytes) {
  if (!loaded.instance->find_function("_start")) {
    log::error("{}: the module does not export the function _start", name);
    return uapi::Errno::kENOEXEC;
  }
  const object::Object& object = loaded.instance->program().object();
  loaded.heap_base = exported_constant(object, "__heap_base");
  LIND_TRY(trim_heap(loaded.instance->memory(), loaded.heap_base));
  const std::uint64_t stack_top = exported_constant(object, "__stack_pointer");
  if (stack_top >= loaded.heap_base) return {};  // the stack does not lie first
  return trim_stack(loaded.instance->memory(), stack_top, stack_bytes);
}

bool is_lind_program(const runtime::Program& program) noexcept {
  return (program.object().header().flags & vmabi::kFlagLindProgram) != 0;
}

Result<LoadedProgram> instantiate(Kernel& kernel, const OpenProgram& opened, ProgramRequest request,
                                  const std::string& name) {
  LIND_TRY(check_size(request.args, request.env));
  const std::shared_ptr<const runtime::Program> program =
      LIND_TRY(kernel.programs().provide(opened.file->host_fd(), name));
  const bool is_foreign = !is_lind_program(*program);
  if (is_foreign && kernel.foreign_abi() == nullptr) return uapi::Errno::kENOEXEC;
  runtime::ImportValues imports;
  if (is_foreign) {
    imports.max_memory_pages =
        std::min(request.memory_bytes, kernel.foreign_abi()->max_memory_bytes()) / kWasmPageSize;
  }
  auto instance = runtime::Instance::create(program, imports);
  if (!instance.ok()) {
    kernel.programs().refuse(name, instance.error());
    return is_foreign ? uapi::Errno::kENOEXEC : uapi::Errno::kENOMEM;
  }
  LoadedProgram loaded{.instance = std::move(instance).value(),
                       .arguments = {.args = std::move(request.args),
                                     .env = std::move(request.env),
                                     .exec_name = name,
                                     .random = {}},
                       .name = base_name(name),
                       .path = opened.file->path(),
                       .set_ids = opened.set_ids};
  if (!is_foreign) {
    LIND_TRY(prepare_lind_program(loaded, name, request.stack_bytes));
  } else {
    auto foreign = kernel.foreign_abi()->bind(*program, loaded.arguments);
    if (!foreign.ok()) {
      kernel.programs().refuse(name, foreign.error());
      return uapi::Errno::kENOEXEC;
    }
    loaded.foreign = std::move(foreign).value();
  }
  auto& random = loaded.arguments.random;
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return host::last_errno();
  }
  return loaded;
}

}  // namespace

Result<LoadedProgram> load_program(Kernel& kernel, const FsContext& fs, ProgramRequest request) {
  // Linux gives a program at least its name.  Source: do_execveat_common, fs/exec.c, v6.1.
  if (request.args.empty()) request.args.emplace_back();
  const std::string name = request.path;
  for (int depth = 0; depth <= kMaxInterpreters; ++depth) {
    const OpenProgram program = LIND_TRY(open_program(fs, request));
    const ExecHead head = LIND_TRY(read_head(program.file->host_fd()));
    if (is_wasm_module(head) || is_elf(head))
      return instantiate(kernel, program, std::move(request), name);
    const std::optional<ScriptLine> line = parse_script_line(head);
    if (!line) return uapi::Errno::kENOEXEC;
    // Linux opens the empty name as the working directory, which is no program.
    if (line->interpreter.empty()) return uapi::Errno::kEACCES;
    request.args[0] = request.path;
    if (line->argument) request.args.insert(request.args.begin(), *line->argument);
    request.args.insert(request.args.begin(), line->interpreter);
    request.path = line->interpreter;
    request.file = nullptr;
    request.needs_execute_permission = true;
  }
  return uapi::Errno::kELOOP;
}

}  // namespace lind::rawposix
