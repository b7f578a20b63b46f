#include <algorithm>
#include <lind/pool.h>
#include <utility>

#include <fmt/core.h>

#include "pool_internal.h"

namespace lind::embed {
namespace detail {

PoolState::PoolState(std::shared_ptr<const Linked> linked,
                     std::shared_ptr<const runtime::Instance> image,
                     const InstancePool::Options& options)
    : linked_(std::move(linked)),
      image_(std::move(image)),
      max_instances_(options.max_instances),
      max_idle_(options.max_idle) {
  const MutexLock lock(mu_);
  idle_.reserve(max_idle_);
}

Result<std::shared_ptr<InstanceState>> PoolState::make() {
  lind::Result<std::shared_ptr<runtime::Instance>> clone = image_->clone();
  if (!clone.ok()) {
    return clone.error() == uapi::Errno::kENOSYS
               ? Error(ErrorKind::kState, "several memories, or 64-bit addresses, in a pool")
               : Error(ErrorKind::kHost, "no memory for another instance");
  }
  auto state = std::make_shared<InstanceState>(linked_);
  const Result<void> adopted = state->adopt(std::move(clone).value());
  if (!adopted.ok()) return adopted.error();
  state->set_pool(shared_from_this());
  return state;
}

Result<std::shared_ptr<InstanceState>> PoolState::take() {
  {
    const MutexLock lock(mu_);
    if (num_alive_ == max_instances_) {
      return Error(ErrorKind::kLimit, fmt::format("{} instances are alive", num_alive_));
    }
    ++num_alive_;
    if (!idle_.empty()) {
      std::shared_ptr<InstanceState> state = std::move(idle_.back());
      idle_.pop_back();
      return state;
    }
  }
  Result<std::shared_ptr<InstanceState>> made = make();
  if (!made.ok()) {
    const MutexLock lock(mu_);
    --num_alive_;
  }
  return made;
}

void PoolState::take_back(std::shared_ptr<InstanceState> state) {
  bool has_room = false;
  {
    const MutexLock lock(mu_);
    has_room = !is_closed_ && idle_.size() < max_idle_;
    --num_alive_;
  }
  if (has_room && state->reset_to(*image_).ok() && keep(state)) return;
  state->drop();
}

bool PoolState::keep(std::shared_ptr<InstanceState> state) {
  const MutexLock lock(mu_);
  if (is_closed_ || idle_.size() >= max_idle_) return false;
  idle_.push_back(std::move(state));
  return true;
}

void PoolState::close() {
  std::vector<std::shared_ptr<InstanceState>> dropped;
  {
    const MutexLock lock(mu_);
    is_closed_ = true;
    dropped.swap(idle_);
  }
  for (const std::shared_ptr<InstanceState>& state : dropped)
    state->drop();
}

std::size_t PoolState::num_alive() const {
  const MutexLock lock(mu_);
  return num_alive_;
}
std::size_t PoolState::num_idle() const {
  const MutexLock lock(mu_);
  return idle_.size();
}

}  // namespace detail

Result<InstancePool> InstancePool::create(const Module& module, const Imports& imports,
                                          const Options& options) {
  Result<detail::Linked> linked = detail::InstanceState::link(module, imports, options.limits);
  if (!linked.ok()) return linked.error();
  auto shared = std::make_shared<const detail::Linked>(std::move(linked).value());
  Result<std::shared_ptr<runtime::Instance>> image = detail::make_runtime_instance(module, *shared);
  if (!image.ok()) return image.error();
  InstancePool pool(
      std::make_shared<detail::PoolState>(std::move(shared), std::move(image).value(), options));
  for (std::size_t i = 0; i < std::min(options.num_prepared, options.max_idle); ++i) {
    Result<std::shared_ptr<detail::InstanceState>> made = pool.state_->make();
    if (!made.ok()) return made.error();
    (void)pool.state_->keep(std::move(made).value());  // there is room
  }
  return pool;
}

Result<Instance> InstancePool::take() const {
  Result<std::shared_ptr<detail::InstanceState>> state = state_->take();
  if (!state.ok()) return state.error();
  Instance instance(std::move(state).value());
  const Result<void> opened = instance.state_->open();
  if (!opened.ok()) return opened.error();
  return instance;
}

std::size_t InstancePool::num_alive() const {
  return state_->num_alive();
}
std::size_t InstancePool::num_idle() const {
  return state_->num_idle();
}

InstancePool& InstancePool::operator=(InstancePool&& other) noexcept {
  if (this == &other) return *this;
  if (state_ != nullptr) state_->close();
  state_ = std::move(other.state_);
  return *this;
}

InstancePool::~InstancePool() {
  if (state_ != nullptr) state_->close();
}

}  // namespace lind::embed
