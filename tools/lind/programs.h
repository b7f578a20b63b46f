/// \file
/// Compiled programs: from this process, from the cache, from the compiler.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "broker.h"
#include "object/cache.h"
#include "rawposix/kernel.h"

namespace lind::cli {

/// Loads each program once per process, whoever asks for it.
///
/// Threading: any thread.  Requests for one program at the same time compile it once.
/// Lock order: mu_ is a leaf; nothing is read, compiled or logged under it.
class Programs final : public rawposix::ProgramProvider {
 public:
  /// `cache` may be absent; `broker` outlives us.
  Programs(const Broker& broker, std::string compiler_identity, std::optional<object::Cache> cache);

  Result<std::shared_ptr<const runtime::Program>> provide(int file,
                                                          const std::string& name) override;

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

  ErrorOr<ProgramRef> load_shared(const std::vector<std::byte>& module, const object::Key& key,
                                  const std::string& name) LIND_EXCLUDES(mu_);
  ErrorOr<ProgramRef> load(const std::vector<std::byte>& module, const object::Key& key,
                           const std::string& name) const;
  void keep(const ProgramRef& program) LIND_REQUIRES(mu_);

  const Broker& broker_;
  const std::string compiler_identity_;
  const object::CpuLevel cpu_;
  const std::optional<object::Cache> cache_;
  std::atomic<bool> has_reported_ = false;

  mutable Mutex mu_;
  std::condition_variable_any load_done_;
  std::map<object::Key, std::shared_ptr<Load>> loading_ LIND_GUARDED_BY(mu_);
  std::map<object::Key, std::weak_ptr<const runtime::Program>> loaded_ LIND_GUARDED_BY(mu_);
  /// The latest programs, alive while no cage runs them: a shell starts the same ones again.
  std::deque<ProgramRef> recent_ LIND_GUARDED_BY(mu_);
};

/// What a Lind program must and may have.
/// Errors: "import env.puts: ..." or "export _start is missing: ...".
ErrorOr<void> check_links(const object::Object& object);

}  // namespace lind::cli
