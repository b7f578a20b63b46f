/// \file
/// Compiled programs: from this process, from the cache, from the compiler.

#pragma once

#include <atomic>
#include <compare>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/buffer.h"
#include "base/mutex.h"
#include "broker.h"
#include "host/thread_pool.h"
#include "object/cache.h"
#include "perf_map.h"
#include "rawposix/kernel.h"
#include "wasi/program.h"

namespace lind::cli {

/// Loads each program once per process, whoever asks for it.
///
/// A large module that is new is compiled twice if there is a cache: fast, for the start that
/// waits, and as usual beside the program that runs, for the next start.
///
/// Threading: any thread.  Requests for one program at the same time compile it once.
/// Lock order: mu_ is a leaf; nothing is read, compiled or logged under it.
class Programs final : public rawposix::ProgramProvider {
 public:
  /// `cache` may be absent; `broker` and `wasi` outlive us.
  Programs(const Broker& broker, std::string compiler_identity, std::optional<object::Cache> cache,
           std::optional<PerfMap> perf_map, const wasi::Config& wasi);

  Result<std::shared_ptr<const runtime::Program>> provide(int file,
                                                          const std::string& name) override;
  void refuse(const std::string& name, const Error& why) override;

  /// Whether a line about a program has gone to stderr; what lind says about the same failure
  /// would be the second.
  bool has_reported() const noexcept { return has_reported_; }

 private:
  using ProgramRef = std::shared_ptr<const runtime::Program>;
  /// One load, by the thread that came first; the others wait for its outcome.
  struct Load {
    bool done = false;
    std::optional<ErrorOr<ProgramRef>> outcome;
  };

  struct Wanted {
    int file;
    const std::string& name;
    object::Key key;
  };
  /// What tells that a file is the one that was read before.
  struct FileStamp {
    std::uint64_t device, inode, size;
    std::int64_t modified_ns, changed_ns;
    friend auto operator<=>(const FileStamp&, const FileStamp&) = default;
  };
  static std::optional<FileStamp> stamp_of(int file) noexcept;
  static bool has_settled(const FileStamp& stamp) noexcept;

  ProgramRef find_known(const FileStamp& stamp) LIND_EXCLUDES(mu_);
  object::Compiler compiler() const noexcept;
  ErrorOr<ProgramRef> load_shared(const Wanted& wanted) LIND_EXCLUDES(mu_);
  ErrorOr<ProgramRef> load(const Wanted& wanted);
  /// Null if there is none that can be used.
  ProgramRef find_cached(const Wanted& wanted, const object::Key& key) const;
  ErrorOr<ProgramRef> compile(const Wanted& wanted, std::span<const std::byte> module,
                              const CompileJob& job) const;
  /// Compiles as usual what was compiled for its first start, for the next start.
  void improve_later(const Wanted& wanted, Buffer module);
  void keep(const ProgramRef& program) LIND_REQUIRES(mu_);

  Result<ProgramRef> provide_object(int file, const std::string& name);
  ErrorOr<ProgramRef> open_sealed(std::span<const std::byte> file) const;
  static ErrorOr<void> check_imports(const runtime::Program& program);
  ErrorOr<void> check_entry(const runtime::Program& program) const;
  ErrorOr<ProgramRef> open_object(std::span<const std::byte> object, const object::Key& key) const;

  const Broker& broker_;
  const wasi::Config& wasi_;
  const std::string compiler_identity_;
  const object::CpuLevel cpu_;
  const std::optional<object::Cache> cache_;
  const std::optional<PerfMap> perf_map_;
  std::atomic<bool> has_reported_ = false;

  mutable Mutex mu_;
  std::condition_variable_any load_done_;
  std::map<object::Key, std::shared_ptr<Load>> loading_ LIND_GUARDED_BY(mu_);
  std::map<object::Key, std::weak_ptr<const runtime::Program>> loaded_ LIND_GUARDED_BY(mu_);
  /// Files whose content is known, so that a shell that starts a program again need not read it.
  std::map<FileStamp, object::Key> known_ LIND_GUARDED_BY(mu_);
  /// The latest programs, alive while no cage runs them: a shell starts the same ones again.
  std::deque<ProgramRef> recent_ LIND_GUARDED_BY(mu_);
  host::ThreadPool background_;  ///< last: its jobs use the rest
};

/// What a Lind program must and may have.
/// Errors: "import env.puts: ..." or "export _start is missing: ...".
ErrorOr<void> check_links(const object::Object& object);

}  // namespace lind::cli
