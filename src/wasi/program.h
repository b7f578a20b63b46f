/// \file
/// A WASI program in a cage, and what it was given.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "object/object.h"
#include "rawposix/foreign_program.h"
#include "runtime/program.h"
#include "wasi/descriptor_table.h"
#include "wasi/function.h"

namespace lind::wasi {

/// A directory that a program finds open.
struct Preopen {
  std::string path;  ///< absolute guest path
  std::string name;  ///< what the program calls it
};

/// What all programs of a kernel are started with.
struct Config {
  std::vector<Preopen> preopens;  ///< descriptors 3 and following, behind `num_files`
  /// Further descriptors that the first program finds open, behind the preopens: listening sockets.
  std::uint32_t num_sockets = 0;
  /// How many descriptors from 0 are the program's own, whatever they are; the preopens are behind
  /// them, at 3 or later.  With more than 3 there are no `num_sockets`.
  std::uint32_t num_files = 3;
  std::string entry = "_start";
  /// What to call instead of `entry`, behind `_initialize` if the module exports it; its results
  /// are written to descriptor 1, one a line.
  struct Invocation {
    std::string function;
    std::vector<std::string> args;  ///< one for each parameter
  };
  std::optional<Invocation> invocation = {};
  std::uint64_t max_memory_bytes = ~std::uint64_t{0};  ///< of each memory
};

/// Whether the imports of a module that is no Lind program are there and have the right types, and
/// what its threads begin with.
/// Errors: the first thing that is not, named with both types.
ErrorOr<void> check_links(const object::Object& object);
/// Whether it exports what `config` wants to run, and takes the arguments.
/// Errors: what is missing, or does not fit.
ErrorOr<void> check_entry(const object::Object& object, const Config& config);

/// Binds programs; see rawposix::ForeignAbi.  Ownership: whoever made the kernel.
class Abi final : public rawposix::ForeignAbi {
 public:
  explicit Abi(Config config) : config_(std::make_shared<const Config>(std::move(config))) {}

  ErrorOr<std::shared_ptr<rawposix::ForeignProgram>> bind(
      const runtime::Program& program, const rawposix::ProgramArguments& arguments) const override;
  std::uint64_t max_memory_bytes() const noexcept override { return config_->max_memory_bytes; }

 private:
  std::shared_ptr<const Config> config_;
};

/// One running program.  Immutable but for its descriptors.
class Program final : public rawposix::ForeignProgram {
 public:
  struct Parts {
    std::shared_ptr<const Config> config;
    std::vector<const Function*> imports;  ///< by function index
    std::vector<rawposix::GuestEntry> main;
    std::vector<vmabi::ValueKind> shown_results;  ///< of the last of `main`
    std::optional<FuncIndex> thread_entry;
    std::vector<std::string> args;
    std::vector<std::string> env;
  };
  explicit Program(Parts parts) : parts_(std::move(parts)) {}

  const std::vector<std::string>& args() const noexcept { return parts_.args; }
  const std::vector<std::string>& env() const noexcept { return parts_.env; }
  DescriptorTable& descriptors() noexcept { return descriptors_; }
  bool has_threads() const noexcept { return parts_.thread_entry.has_value(); }

  // rawposix::ForeignProgram
  ErrorOr<void> begin(rawposix::Process& process, runtime::Thread& thread) override;
  std::vector<rawposix::GuestEntry> main() const override { return parts_.main; }
  std::int32_t returned(rawposix::Process& process, runtime::Thread& thread) override;
  std::optional<rawposix::GuestEntry> thread_entry(std::uint32_t tid,
                                                   std::uint32_t argument) const override;
  vmabi::TrapCode call(rawposix::Process& process, runtime::Thread& thread,
                       std::uint32_t import_index) override;

 private:
  const Parts parts_;
  DescriptorTable descriptors_;
};

}  // namespace lind::wasi
