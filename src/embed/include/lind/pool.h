/// \file
/// Instances of one module that are made before they are needed.

#pragma once

#include <cstddef>
#include <lind/api.h>
#include <lind/error.h>
#include <lind/imports.h>
#include <lind/instance.h>
#include <lind/module.h>
#include <memory>
#include <utility>

namespace lind::embed {

/// Hands out instances that begin at the module's initial image.
///
/// Their memories are the image's pages until they write them.  An instance that is destroyed goes
/// back: what it has written is overwritten with the image's, and the next take() finds it warm.
/// Functions, memories and interrupters of the destroyed one answer as if it were gone.
/// Ownership: instances may outlive the pool; they are really destroyed then.
/// Threading: any.
class LIND_API InstancePool {
 public:
  struct Options {
    Limits limits = {};
    std::size_t max_instances = 10'000;  ///< alive at a time; take() beyond answers kLimit
    std::size_t max_idle = 64;           ///< kept for take(); others are really destroyed
    std::size_t num_prepared = 1;        ///< made by create, at most max_idle
  };

  /// Links, and applies the module's segments once.
  /// Errors: those of Instance::create but for its start function's; kState too for a module with
  ///   several memories, or one with 64-bit addresses.
  static Result<InstancePool> create(const Module& module, const Imports& imports,
                                     const Options& options);
  static Result<InstancePool> create(const Module& module, const Imports& imports = {}) {
    return create(module, imports, Options());
  }

  /// An instance; its start function, if there is one, has run.
  /// Errors: kLimit, kHost, and those of the start function.
  Result<Instance> take() const;
  /// Instances that are alive, and those kept for take().
  std::size_t num_alive() const;
  std::size_t num_idle() const;

  InstancePool(InstancePool&&) noexcept = default;
  InstancePool& operator=(InstancePool&& other) noexcept;
  InstancePool(const InstancePool&) = delete;
  InstancePool& operator=(const InstancePool&) = delete;
  ~InstancePool();

 private:
  explicit InstancePool(std::shared_ptr<detail::PoolState> state) noexcept
      : state_(std::move(state)) {}
  std::shared_ptr<detail::PoolState> state_;  ///< null when moved from
};

}  // namespace lind::embed
