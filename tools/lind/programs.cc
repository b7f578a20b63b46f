#include "programs.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/log.h"
#include "base/progress_line.h"
#include "base/units.h"
#include "host/time.h"
#include "message.h"
#include "object/file.h"
#include "object/seal.h"
#include "vmabi/object_format.h"

namespace lind::cli {
namespace {

constexpr std::uint64_t kMaxModuleBytes = 1 * kGiB;
/// Above this a first start waits too long for optimised code: more than five seconds.
constexpr std::uint64_t kLargeModuleBytes = 2 * kMiB;
constexpr std::size_t kMaxRecent = 32;
constexpr std::size_t kMaxKnown = 256;
constexpr std::int64_t kSecondNs = 1'000'000'000;

std::int64_t to_ns(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * kSecondNs + time.tv_nsec;
}

enum class FileKind : std::uint8_t { kModule, kObject, kOther };

/// By its first bytes.  A program of the host looks like an object.
FileKind kind_of(int file) {
  constexpr std::array kModule = {std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}};
  constexpr std::array kElf = {std::byte{0x7f}, std::byte{'E'}, std::byte{'L'}, std::byte{'F'}};
  std::array<std::byte, kModule.size()> start{};
  if (::pread(file, start.data(), start.size(), 0) != static_cast<ssize_t>(start.size())) {
    return FileKind::kOther;
  }
  if (start == kModule) return FileKind::kModule;
  return start == kElf ? FileKind::kObject : FileKind::kOther;
}

}  // namespace

Programs::Programs(const Broker& broker, std::string compiler_identity,
                   std::optional<object::Cache> cache, std::optional<PerfMap> perf_map,
                   const wasi::Config& wasi)
    : broker_(broker),
      wasi_(wasi),
      compiler_identity_(std::move(compiler_identity)),
      cpu_(object::host_cpu_level()),
      cache_(std::move(cache)),
      perf_map_(std::move(perf_map)) {}

Result<std::shared_ptr<const runtime::Program>> Programs::provide(int file,
                                                                  const std::string& name) {
  // Not a word: a shell runs such a file as a script.
  const FileKind kind = kind_of(file);
  if (kind == FileKind::kOther) return uapi::Errno::kENOEXEC;
  if (kind == FileKind::kObject) return provide_object(file, name);
  const std::optional<FileStamp> stamp = stamp_of(file);
  if (stamp) {
    if (ProgramRef program = find_known(*stamp)) return program;
  }
  const ErrorOr<object::Key> key = object::build_key(file, kMaxModuleBytes, compiler());
  if (!key.ok()) {
    refuse(name, key.error());
    return uapi::Errno::kEIO;
  }
  ErrorOr<ProgramRef> program = load_shared({.file = file, .name = name, .key = key.value()});
  const ErrorOr<void> checked =
      program.ok() ? check_entry(*program.value()) : ErrorOr<void>(program.error());
  if (!checked.ok()) {
    refuse(name, checked.error());
    return uapi::Errno::kENOEXEC;
  }
  if (stamp && has_settled(*stamp) && stamp_of(file) == stamp) {
    const MutexLock lock(mu_);
    if (known_.size() >= kMaxKnown) known_.clear();
    known_[*stamp] = key.value();
  }
  return std::move(program).value();
}

// What somebody has compiled before and kept.
Result<Programs::ProgramRef> Programs::provide_object(int file, const std::string& name) {
  const ErrorOr<Buffer> object = object::read_file(file, kMaxModuleBytes);
  if (!object.ok()) {
    refuse(name, object.error());
    return uapi::Errno::kEIO;
  }
  if (!object::is_object(object.value())) {
    refuse(name, Error("a program of another system: neither a module nor an object of lindc"));
    return uapi::Errno::kENOEXEC;
  }
  ErrorOr<ProgramRef> program = open_sealed(object.value());
  if (!program.ok()) {
    refuse(name, program.error());
    return uapi::Errno::kENOEXEC;
  }
  log::info("{}: a compiled object of {} KiB", printable(name), object.value().size() / kKiB);
  return std::move(program).value();
}

ErrorOr<Programs::ProgramRef> Programs::open_sealed(std::span<const std::byte> file) const {
  LIND_TRY(object::check_seal(file));
  ProgramRef program = LIND_TRY(runtime::Program::load(file));
  LIND_TRY(check_imports(*program));
  LIND_TRY(check_entry(*program));
  if (perf_map_) perf_map_->add(*program);
  return program;
}

void Programs::refuse(const std::string& name, const Error& why) {
  log::error("{}", printable(fmt::format("{}: {}", name, why.message())));
  has_reported_ = true;
}

std::optional<Programs::FileStamp> Programs::stamp_of(int file) noexcept {
  struct stat status{};
  if (::fstat(file, &status) != 0) return std::nullopt;
  return FileStamp{.device = status.st_dev,
                   .inode = status.st_ino,
                   .size = static_cast<std::uint64_t>(status.st_size),
                   .modified_ns = to_ns(status.st_mtim),
                   .changed_ns = to_ns(status.st_ctim)};
}

// A file that has just changed may change again before its file system's clock moves on.
bool Programs::has_settled(const FileStamp& stamp) noexcept {
  timespec now{};
  return ::clock_gettime(CLOCK_REALTIME, &now) == 0 &&
         to_ns(now) - stamp.changed_ns > 2 * kSecondNs;
}

Programs::ProgramRef Programs::find_known(const FileStamp& stamp) {
  const MutexLock lock(mu_);
  const auto known = known_.find(stamp);
  if (known == known_.end()) return nullptr;
  const auto loaded = loaded_.find(known->second);
  ProgramRef program = loaded == loaded_.end() ? nullptr : loaded->second.lock();
  if (program != nullptr) keep(program);
  return program;
}

object::Compiler Programs::compiler() const noexcept {
  return {.identity = compiler_identity_,
          .cpu = object::cpu_name(cpu_),
          .options = embed::kCompilerOptions};
}

ErrorOr<Programs::ProgramRef> Programs::load_shared(const Wanted& wanted) {
  const object::Key& key = wanted.key;
  std::shared_ptr<Load> mine;
  {
    const MutexLock lock(mu_);
    if (ProgramRef program = loaded_[key].lock()) {
      keep(program);
      return program;
    }
    if (const auto found = loading_.find(key); found != loading_.end()) {
      const std::shared_ptr<Load> other = found->second;
      while (!other->done)
        load_done_.wait(mu_);
      return *other->outcome;
    }
    mine = std::make_shared<Load>();
    loading_.emplace(key, mine);
  }
  ErrorOr<ProgramRef> outcome = load(wanted);
  if (outcome.ok() && perf_map_) perf_map_->add(*outcome.value());
  const MutexLock lock(mu_);
  mine->outcome = outcome;
  mine->done = true;
  loading_.erase(key);
  std::erase_if(loaded_, [](const auto& entry) { return entry.second.expired(); });
  if (outcome.ok()) {
    loaded_[key] = outcome.value();
    keep(outcome.value());
  }
  load_done_.notify_all();
  return outcome;
}

Programs::ProgramRef Programs::find_cached(const Wanted& wanted, const object::Key& key) const {
  if (!cache_) return nullptr;
  const std::optional<Buffer> cached = cache_->find(key);
  if (!cached) return nullptr;
  ErrorOr<ProgramRef> program = open_object(*cached, key);
  if (program.ok()) {
    log::info("{}: object of {} KiB from the cache, {}/{}.lo", printable(wanted.name),
              cached->size() / kKiB, cache_->directory(), object::to_hex(key));
    return std::move(program).value();
  }
  log::warning("{}/{}.lo: {}, compiling again", cache_->directory(), object::to_hex(key),
               program.error().message());
  return nullptr;
}

ErrorOr<Programs::ProgramRef> Programs::compile(const Wanted& wanted,
                                                std::span<const std::byte> module,
                                                const CompileJob& job) const {
  log::info("{}: compiling {} KiB", printable(wanted.name), module.size() / kKiB);
  const std::int64_t start_ns = host::monotonic_ns();
  ProgressLine line(fmt::format("lind: compiling {}", printable(wanted.name)));
  const Buffer object =
      LIND_TRY(broker_.compile(module, job, [&line](unsigned percent) { line.show(percent); }));
  log::info("{}: compiled in {} ms, {} KiB of object", printable(wanted.name),
            (host::monotonic_ns() - start_ns) / 1'000'000, object.size() / kKiB);
  ProgramRef program = LIND_TRY(open_object(object, job.key));
  LIND_TRY(check_entry(*program));  // what nobody can run is not kept
  if (cache_) {
    const ErrorOr<void> stored = cache_->store(job.key, object);
    if (stored.ok()) log::info("kept as {}/{}.lo", cache_->directory(), object::to_hex(job.key));
    if (!stored.ok()) log::warning("cannot keep the object: {}", stored.error().message());
  }
  return program;
}

void Programs::improve_later(const Wanted& wanted, Buffer module) {
  const auto job = [this, name = wanted.name, key = wanted.key,
                    bytes = std::make_shared<Buffer>(std::move(module))] {
    const ErrorOr<Buffer> object = broker_.compile(*bytes, {.key = key, .cpu = cpu_});
    const ErrorOr<void> stored =
        object.ok() ? cache_->store(key, object.value()) : ErrorOr<void>(object.error());
    if (stored.ok()) return log::info("{}: the next start has optimised code", printable(name));
    log::warning("{}: not optimised: {}", printable(name), stored.error().message());
  };
  // The next start tries again.
  if (!background_.run(job).ok()) log::info("{}: no thread to optimise", printable(wanted.name));
}

ErrorOr<Programs::ProgramRef> Programs::load(const Wanted& wanted) {
  if (ProgramRef program = find_cached(wanted, wanted.key)) return program;
  Buffer module = LIND_TRY(object::read_file(wanted.file, kMaxModuleBytes));
  // The key stands for what was read before.
  if (object::build_key(module, compiler()) != wanted.key)
    return Error("the file changed while it was read");
  if (!cache_ || module.size() < kLargeModuleBytes) {
    return compile(wanted, module, {.key = wanted.key, .cpu = cpu_});
  }
  const CompileJob fast = {
      .key = embed::first_start_key(wanted.key), .cpu = cpu_, .effort = embed::Effort::kFirstStart};
  ProgramRef program = find_cached(wanted, fast.key);
  if (program == nullptr) program = LIND_TRY(compile(wanted, module, fast));
  improve_later(wanted, std::move(module));
  return program;
}

// Loads what the cache or the compiler gave; neither is trusted.
ErrorOr<Programs::ProgramRef> Programs::open_object(std::span<const std::byte> object,
                                                    const object::Key& key) const {
  ErrorOr<ProgramRef> program = runtime::Program::load(object);
  if (!program.ok()) return Error(program.error()).in("unusable object");
  const object::Object& records = program.value()->object();
  if (!std::ranges::equal(records.key(), key)) return Error("the object has another key");
  LIND_TRY(check_imports(*program.value()));
  return program;
}

ErrorOr<void> Programs::check_imports(const runtime::Program& program) {
  const bool is_lind = (program.object().header().flags & vmabi::kFlagLindProgram) != 0;
  return is_lind ? check_links(program.object()) : wasi::check_links(program.object());
}

// What this run wants of the module; the object is none the worse for it.
ErrorOr<void> Programs::check_entry(const runtime::Program& program) const {
  if ((program.object().header().flags & vmabi::kFlagLindProgram) != 0) return {};
  return wasi::check_entry(program.object(), wasi_);
}

void Programs::keep(const ProgramRef& program) {
  std::erase(recent_, program);
  recent_.push_front(program);
  if (recent_.size() > kMaxRecent) recent_.pop_back();
}

}  // namespace lind::cli
