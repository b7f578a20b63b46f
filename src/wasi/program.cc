#include "wasi/program.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/units.h"
#include "rawposix/proc/exec_image.h"
#include "uapi/file.h"
#include "uapi/signal.h"
#include "wasi/errno.h"
#include "wasi/stat_internal.h"
#include "wasi/value_internal.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;
using vmabi::ExternKind;
using vmabi::ValueKind;

constexpr std::uint32_t kFirstPreopen = 3;
constexpr std::uint32_t kTcgets = 0x5401;  // linux/asm-generic/ioctls.h, v6.1

// --- types --------------------------------------------------------------------------------------

std::vector<ValueKind> kinds(std::span<const std::byte> bytes) {
  std::vector<ValueKind> result;
  for (const std::byte kind : bytes)
    result.push_back(static_cast<ValueKind>(kind));
  return result;
}

std::string describe(std::span<const ValueKind> params, std::span<const ValueKind> results) {
  static constexpr std::size_t kMaxShown = 16;  // a stranger chose how many there are
  const auto list = [](std::span<const ValueKind> all) {
    std::string text = "(";
    for (const ValueKind kind : all.first(std::min(all.size(), kMaxShown)))
      text += fmt::format("{}{}", text.size() > 1 ? " " : "", kind_name(kind));
    return text + (all.size() > kMaxShown ? " ...)" : ")");
  };
  return list(params) + " -> " + list(results);
}

// --- imports ------------------------------------------------------------------------------------

const Function* find_import(std::string_view module, std::string_view name) {
  for (const ImportModule& candidate : import_modules()) {
    if (candidate.name != module) continue;
    const auto found = std::ranges::find(candidate.functions, name, &Function::name);
    return found == candidate.functions.end() ? nullptr : &*found;
  }
  return nullptr;
}

ErrorOr<const Function*> bind_function(const object::Object& object,
                                       const vmabi::ImportRecord& import) {
  const std::string_view module = object.text(import.module);
  const std::string_view name = object.text(import.name);
  const Function* const function = find_import(module, name);
  if (function == nullptr) {
    return Error(
        fmt::format("import {}.{} is not there: a program imports functions of "
                    "wasi_snapshot_preview1, wasi_unstable or wasi, or of lind",
                    module, name));
  }
  const vmabi::TypeRecord& type = object.types()[object.functions()[import.index].type];
  const std::vector<ValueKind> params = kinds(object.bytes(type.params));
  const std::vector<ValueKind> results = kinds(object.bytes(type.results));
  if (!std::ranges::equal(params, function->params) ||
      !std::ranges::equal(results, function->results)) {
    return Error(fmt::format("import {}.{} has type {}, it is {}", module, name,
                             describe(params, results),
                             describe(function->params, function->results)));
  }
  return function;
}

ErrorOr<std::vector<const Function*>> bind_imports(const object::Object& object) {
  std::vector<const Function*> bound(object.header().num_imported_functions, nullptr);
  bool has_memory = false;
  for (const vmabi::ImportRecord& import : object.imports()) {
    if (import.kind == static_cast<std::uint32_t>(ExternKind::kFunction)) {
      bound[import.index] = LIND_TRY(bind_function(object, import));
      continue;
    }
    // The memory that threads share may have any name.
    const bool is_memory = import.kind == static_cast<std::uint32_t>(ExternKind::kMemory);
    if (is_memory && !has_memory && object.memories()[import.index].shared != 0) {
      has_memory = true;
      continue;
    }
    return Error(
        fmt::format("import {}.{} is not there: besides functions only one shared memory "
                    "can be imported",
                    object.text(import.module), object.text(import.name)));
  }
  return bound;
}

bool has_type(const object::Object& object, FuncIndex function, std::span<const ValueKind> params,
              std::span<const ValueKind> results) {
  const vmabi::TypeRecord& type = object.types()[object.functions()[to_u32(function)].type];
  return std::ranges::equal(kinds(object.bytes(type.params)), params) &&
         std::ranges::equal(kinds(object.bytes(type.results)), results);
}

std::optional<FuncIndex> find_export(const object::Object& object, std::string_view name) {
  for (const vmabi::ExportRecord& record : object.exports()) {
    if (record.kind == static_cast<std::uint32_t>(ExternKind::kFunction) &&
        object.text(record.name) == name) {
      return FuncIndex{record.index};
    }
  }
  return std::nullopt;
}

ErrorOr<rawposix::GuestEntry> find_entry(const object::Object& object, const std::string& name) {
  const std::optional<FuncIndex> found = find_export(object, name);
  if (!found) return Error(fmt::format("the module does not export the function {}", name));
  if (!has_type(object, *found, {}, {})) {
    return Error(
        fmt::format("export {} has parameters or results: a program's takes and gives "
                    "nothing",
                    name));
  }
  return rawposix::GuestEntry{*found, {}};
}

/// Functions to run and what comes out of the last one.
struct Main {
  std::vector<rawposix::GuestEntry> entries;
  std::vector<ValueKind> results;
};

ErrorOr<Main> find_invocation(const object::Object& object, const Config::Invocation& wanted) {
  Main main;
  const std::optional<FuncIndex> function = find_export(object, wanted.function);
  if (!function) {
    return Error(fmt::format("the module does not export the function {}", wanted.function));
  }
  const vmabi::TypeRecord& type = object.types()[object.functions()[to_u32(*function)].type];
  const std::vector<ValueKind> params = kinds(object.bytes(type.params));
  main.results = kinds(object.bytes(type.results));
  if (params.size() != wanted.args.size()) {
    return Error(fmt::format("{} is {}: it takes {} arguments, {} were given", wanted.function,
                             describe(params, main.results), params.size(), wanted.args.size()));
  }
  if (std::ranges::find(main.results, ValueKind::kV128) != main.results.end()) {
    return Error(fmt::format("{} gives a v128, which cannot be shown", wanted.function));
  }
  rawposix::GuestEntry entry{*function, {}};
  for (std::size_t i = 0; i < params.size(); ++i)
    entry.words.push_back(LIND_TRY(parse_value(params[i], wanted.args[i])));
  const std::optional<FuncIndex> initialize = find_export(object, "_initialize");
  if (initialize && has_type(object, *initialize, {}, {}))
    main.entries.push_back({*initialize, {}});
  main.entries.push_back(std::move(entry));
  return main;
}

ErrorOr<Main> find_main(const object::Object& object, const Config& config) {
  if (config.invocation) return find_invocation(object, *config.invocation);
  Main main;
  main.entries.push_back(LIND_TRY(find_entry(object, config.entry)));
  return main;
}

ErrorOr<std::optional<FuncIndex>> find_thread_entry(const object::Object& object,
                                                    std::span<const Function* const> imports) {
  const bool spawns = std::ranges::any_of(imports, [](const Function* function) {
    return function != nullptr && function->name == "thread-spawn";
  });
  if (!spawns) return std::optional<FuncIndex>();
  constexpr std::array kWords = {ValueKind::kI32, ValueKind::kI32};
  const std::optional<FuncIndex> found = find_export(object, "wasi_thread_start");
  if (!found || !has_type(object, *found, kWords, {})) {
    return Error(
        "the module imports wasi.thread-spawn but does not export the function "
        "wasi_thread_start of type (i32 i32) -> ()");
  }
  return found;
}

// --- what a program finds -----------------------------------------------------------------------

/// Makes the descriptors of a process those of a WASI program.
class Setup {
 public:
  Setup(LinuxCalls& linux, Context& context, DescriptorTable& descriptors)
      : linux_(linux), context_(context), descriptors_(descriptors) {}

  /// A broken pipe and a file too large are errors, not the end.
  Answer ignore_signals();
  /// A descriptor of the process, if it is open.
  Answer add_file(std::uint32_t fd);
  /// Closes those of 0, 1 and 2 that are not among the first `count`.
  Answer close_standard(std::uint32_t count);
  /// Puts `count` descriptors from `from` upwards behind the preopens, at `first`, and closes all
  /// others behind `from`.
  Answer move_sockets(std::uint32_t count, std::uint32_t from, std::uint32_t first);
  Answer add_preopen(std::uint32_t fd, const Preopen& preopen);

 private:
  Answer put_at(std::int64_t from, std::uint32_t to);
  bool is_terminal(std::uint32_t fd);
  Result<Rights> access_rights(std::uint32_t fd);

  LinuxCalls& linux_;
  Context& context_;
  DescriptorTable& descriptors_;
};

Answer Setup::ignore_signals() {
  const GuestAddr action = LIND_TRY(linux_.put(
      uapi::SigAction{.handler = uapi::kSIG_IGN, .flags = 0, .restorer = 0, .pad = 0, .mask = 0}));
  for (const std::int32_t signo : {uapi::kSIGPIPE, uapi::kSIGXFSZ})
    LIND_TRY(linux_.make(SyscallNo::k_rt_sigaction, signo, action, 0, 8));
  return {};
}

bool Setup::is_terminal(std::uint32_t fd) {
  constexpr std::uint64_t kTermiosBytes = 64;
  const Result<GuestAddr> place = linux_.reserve(kTermiosBytes);
  return place.ok() && linux_.make(SyscallNo::k_ioctl, fd, kTcgets, place.value()).ok();
}

// Without the direction that the descriptor was not opened for.
Result<Rights> Setup::access_rights(std::uint32_t fd) {
  const std::int64_t flags = LIND_TRY(linux_.make(SyscallNo::k_fcntl, fd, F_GETFL, 0));
  switch (flags & O_ACCMODE) {
    case O_RDONLY:
      return ~(kFdWrite | kFdAllocate | kFdFilestatSetSize);
    case O_WRONLY:
      return ~kFdRead;
    default:
      return ~Rights{0};
  }
}

Answer Setup::close_standard(std::uint32_t count) {
  if (count >= kFirstPreopen) return {};
  LIND_TRY(linux_.make(SyscallNo::k_close_range, count, kFirstPreopen - 1, 0));
  return {};
}

Answer Setup::add_file(std::uint32_t fd) {
  const Result<uapi::Stat> stat = stat_descriptor(context_, fd);
  if (!stat.ok()) return {};  // closed
  const Filetype type = filetype_of(stat.value().mode);
  const bool has_offset = type == Filetype::kRegularFile || type == Filetype::kBlockDevice ||
                          (type == Filetype::kCharacterDevice && !is_terminal(fd));
  Rights rights = has_offset ? kFileRights : kStreamRights;
  if (type == Filetype::kDirectory) rights = 0;  // nobody has granted it
  if (type == Filetype::kSocketStream) rights = kSocketRights;
  rights &= LIND_TRY(access_rights(fd));
  const Rights inheriting = type == Filetype::kSocketStream ? rights : 0;
  return descriptors_.add(fd, {.base = rights, .inheriting = inheriting, .filetype = type});
}

Answer Setup::put_at(std::int64_t from, std::uint32_t to) {
  if (from == to) return {};
  LIND_TRY(linux_.make(SyscallNo::k_dup3, from, to, O_CLOEXEC));
  LIND_TRY(linux_.make(SyscallNo::k_close, from));
  return {};
}

Answer Setup::move_sockets(std::uint32_t count, std::uint32_t from, std::uint32_t first) {
  for (std::uint32_t i = count; i > 0; --i) {
    const std::uint32_t fd = first + i - 1;
    LIND_TRY(put_at(from + i - 1, fd));
    LIND_TRY(descriptors_.add(
        fd,
        {.base = kSocketRights, .inheriting = kSocketRights, .filetype = Filetype::kSocketStream}));
  }
  if (first > from) {
    LIND_TRY(linux_.make(SyscallNo::k_close_range, from, first - 1, 0));
  }
  LIND_TRY(linux_.make(SyscallNo::k_close_range, first + count, ~std::uint32_t{0}, 0));
  return {};
}

Answer Setup::add_preopen(std::uint32_t fd, const Preopen& preopen) {
  constexpr std::int32_t kNowhere = AT_FDCWD;  // the path is absolute
  const GuestAddr path = LIND_TRY(linux_.put_string(preopen.path));
  const std::int64_t opened = LIND_TRY(
      linux_.make(SyscallNo::k_openat, kNowhere, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  LIND_TRY(put_at(opened, fd));
  return descriptors_.add(fd, {.base = kDirectoryRights,
                               .inheriting = kDirectoryRights | kFileRights,
                               .filetype = Filetype::kDirectory,
                               .preopen = std::make_shared<const std::string>(preopen.name)});
}

}  // namespace

ErrorOr<void> check_links(const object::Object& object) {
  const std::vector<const Function*> imports = LIND_TRY(bind_imports(object));
  LIND_TRY(find_thread_entry(object, imports));
  return {};
}

ErrorOr<void> check_entry(const object::Object& object, const Config& config) {
  LIND_TRY(find_main(object, config));
  return {};
}

ErrorOr<std::shared_ptr<rawposix::ForeignProgram>> Abi::bind(
    const runtime::Program& program, const rawposix::ProgramArguments& arguments) const {
  const object::Object& object = program.object();
  Program::Parts parts{.config = config_,
                       .imports = LIND_TRY(bind_imports(object)),
                       .main = {},
                       .shown_results = {},
                       .thread_entry = {},
                       .args = arguments.args,
                       .env = arguments.env};
  Main main = LIND_TRY(find_main(object, *config_));
  parts.main = std::move(main.entries);
  parts.shown_results = std::move(main.results);
  parts.thread_entry = LIND_TRY(find_thread_entry(object, parts.imports));
  return std::shared_ptr<rawposix::ForeignProgram>(std::make_shared<Program>(std::move(parts)));
}

ErrorOr<void> Program::begin(rawposix::Process& process, runtime::Thread& thread) {
  const auto failed = [](std::string_view what, const Answer& answer) {
    return Error(fmt::format("{}: WASI error {}", what, static_cast<int>(answer.error())));
  };
  Context context{.program = *this, .process = process, .thread = thread};
  Setup setup(context.linux, context, descriptors_);
  const Config& config = *parts_.config;
  const auto num_preopens = static_cast<std::uint32_t>(config.preopens.size());
  Answer done = setup.ignore_signals();
  if (done.ok()) done = setup.close_standard(config.num_files);
  // Each in a room of its own: their number has no limit.
  for (std::uint32_t fd = 0; done.ok() && fd < config.num_files; ++fd) {
    Context own{.program = *this, .process = process, .thread = thread};
    done = Setup(own.linux, own, descriptors_).add_file(fd);
  }
  const std::uint32_t first_preopen = std::max(config.num_files, kFirstPreopen);
  if (done.ok()) {
    done = setup.move_sockets(config.num_sockets, first_preopen, first_preopen + num_preopens);
  }
  if (!done.ok()) return failed("preparing the descriptors", done);
  std::uint32_t fd = first_preopen;
  for (const Preopen& preopen : config.preopens) {
    Context own{.program = *this, .process = process, .thread = thread};
    done = Setup(own.linux, own, descriptors_).add_preopen(fd++, preopen);
    if (!done.ok()) return failed("opening " + preopen.path, done);
  }
  return {};
}

std::int32_t Program::returned(rawposix::Process& process, runtime::Thread& thread) {
  if (parts_.shown_results.empty()) return 0;
  constexpr std::int32_t kNotShown = 1;
  const std::string text = format_values(parts_.shown_results, thread.results());
  LinuxCalls linux(process, thread);
  const Result<GuestAddr> place = linux.put_bytes(std::as_bytes(std::span(text)));
  if (!place.ok()) return kNotShown;
  const Result<std::int64_t> written =
      linux.make(SyscallNo::k_write, 1, place.value(), text.size());
  const bool is_complete =
      written.ok() && written.value() == static_cast<std::int64_t>(text.size());
  return is_complete ? 0 : kNotShown;
}

std::optional<rawposix::GuestEntry> Program::thread_entry(std::uint32_t tid,
                                                          std::uint32_t argument) const {
  if (!parts_.thread_entry) return std::nullopt;
  return rawposix::GuestEntry{*parts_.thread_entry, {tid, argument}};
}

vmabi::TrapCode Program::call(rawposix::Process& process, runtime::Thread& thread,
                              std::uint32_t import_index) {
  // Compiled code names imports only, but it is not trusted more than a guest.
  if (import_index >= parts_.imports.size()) return vmabi::TrapCode::k_bad_import;
  Context context{.program = *this, .process = process, .thread = thread};
  parts_.imports[import_index]->call(context, thread.slots());
  return vmabi::TrapCode::kNone;
}

}  // namespace lind::wasi
