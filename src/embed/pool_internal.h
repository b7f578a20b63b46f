/// \file
/// What stands behind an InstancePool.

#pragma once

#include <cstddef>
#include <lind/pool.h>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "instance_state_internal.h"

namespace lind::embed::detail {

/// Ownership: the pool's handle and the instances that are alive.
/// Threading: any.  Lock order: mu_ is a leaf; nothing is made, reset or destroyed under it.
class PoolState : public std::enable_shared_from_this<PoolState> {
 public:
  PoolState(std::shared_ptr<const Linked> linked, std::shared_ptr<const runtime::Instance> image,
            const InstancePool::Options& options);

  /// A closed state with an instance that nobody has used.  Errors: kHost, kState (clone).
  Result<std::shared_ptr<InstanceState>> make();
  /// See InstancePool::take; not yet opened.
  Result<std::shared_ptr<InstanceState>> take() LIND_EXCLUDES(mu_);
  /// Its handle is gone and nothing runs in it.
  void take_back(std::shared_ptr<InstanceState> state) LIND_EXCLUDES(mu_);
  /// Keeps it for take().  Requires: made by make(), or reset.  False if there is no room.
  bool keep(std::shared_ptr<InstanceState> state) LIND_EXCLUDES(mu_);
  /// The pool's handle is gone.
  void close() LIND_EXCLUDES(mu_);

  std::size_t num_alive() const LIND_EXCLUDES(mu_);
  std::size_t num_idle() const LIND_EXCLUDES(mu_);

 private:
  const std::shared_ptr<const Linked> linked_;
  const std::shared_ptr<const runtime::Instance> image_;
  const std::size_t max_instances_;
  const std::size_t max_idle_;

  mutable Mutex mu_;
  bool is_closed_ LIND_GUARDED_BY(mu_) = false;
  std::size_t num_alive_ LIND_GUARDED_BY(mu_) = 0;
  std::vector<std::shared_ptr<InstanceState>> idle_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::embed::detail
