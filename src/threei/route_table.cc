#include "threei/route_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "threei/links_internal.h"
#include "uapi/threei.h"

namespace lind::threei {
namespace {

bool in_table(std::int32_t number) noexcept {
  return number >= 0 && number < uapi::kSyscallLimit;
}

// A target that leads to the same function and is there already, or `target` itself, now there.
Result<std::shared_ptr<const Target>> keep(RouteSnapshot& table,
                                           const std::shared_ptr<const Target>& target) {
  const auto found = std::ranges::find_if(table.targets, [&](const auto& known) {
    return known->grate == target->grate && known->handler == target->handler &&
           known->flags == target->flags;
  });
  if (found != table.targets.end()) return *found;
  if (table.targets.size() >= RouteTable::kMaxTargets) return uapi::Errno::kENOSPC;
  table.targets.push_back(target);
  return target;
}

// A wildcard does not concern numbers that its owner has named, be it to let them pass.
bool is_named_too(const RouteSnapshot::Stack& stack, const Layer& wildcard) noexcept {
  return std::ranges::any_of(stack.layers, [&](const Layer& other) {
    return other.owner == wildcard.owner && !other.wildcard;
  });
}

}  // namespace

Route top_of(const RouteSnapshot::Stack& stack) noexcept {
  for (auto layer = stack.layers.rbegin(); layer != stack.layers.rend(); ++layer) {
    if (layer->wildcard && is_named_too(stack, *layer)) continue;
    if (layer->kind == Layer::Kind::kTarget) return Route::to(*layer->target);
    if (layer->kind == Layer::Kind::kDeny) return Route::deny(layer->error);
  }
  return stack.bottom;
}

namespace {

RouteSnapshot::Stack& stack_of(RouteSnapshot& table, std::int32_t number) {
  const auto [entry, fresh] = table.stacks.try_emplace(number);
  if (fresh) {
    entry->second.bottom = Route::of_word(table.words[static_cast<std::size_t>(number)].load());
  }
  return entry->second;
}

// Makes the word of `number` what its layers say.
void settle(RouteSnapshot& table, std::int32_t number, const RouteSnapshot::Stack& stack) {
  // Pairs with the acquire in lookup.
  table.words[static_cast<std::size_t>(number)].store(top_of(stack).word(),
                                                      std::memory_order_release);
}

Result<void> lay(RouteSnapshot& table, std::int32_t number, const Layer& layer) {
  RouteSnapshot::Stack& stack = stack_of(table, number);
  std::erase_if(stack.layers, [&](const Layer& other) {
    return other.owner == layer.owner && other.wildcard == layer.wildcard;
  });
  if (stack.layers.size() >= RouteTable::kMaxLayers) return uapi::Errno::kENOSPC;
  // What its owner has named stays above a wildcard of the same owner.
  auto place = stack.layers.end();
  if (layer.wildcard) {
    place = std::ranges::find_if(stack.layers,
                                 [&](const Layer& other) { return other.owner == layer.owner; });
  }
  stack.layers.insert(place, layer);
  settle(table, number, stack);
  return {};
}

bool belongs_to(const Layer& layer, const Lineage& who) noexcept {
  return layer.owner.get() == &who || layer.owner->descends_from(who);
}

}  // namespace

RouteSnapshot::RouteSnapshot() {
  for (auto& word : words)
    word.store(Route().word(), std::memory_order_relaxed);
}

RouteSnapshot::RouteSnapshot(const RouteSnapshot& other)
    : stacks(other.stacks), targets(other.targets), sealed(other.sealed) {
  for (std::size_t number = 0; number < words.size(); ++number) {
    words[number].store(other.words[number].load(std::memory_order_relaxed),
                        std::memory_order_relaxed);
  }
}

RouteTable::RouteTable(std::shared_ptr<const RouteSnapshot> initial)
    : base_(std::move(initial)), current_(base_.get()) {
  LIND_CHECK(base_ != nullptr);
}

RouteSnapshot& RouteTable::own_locked() {
  if (own_ == nullptr) {
    own_ = std::make_unique<RouteSnapshot>(*base_);
    // Pairs with the acquire in lookup.  Who still reads the old table finds it in base_.
    current_.store(own_.get(), std::memory_order_release);
  }
  return *own_;
}

Result<void> RouteTable::add(std::int32_t number, Layer layer) {
  LIND_CHECK(layer.owner != nullptr);
  layer.wildcard = number == uapi::kEveryNumber;
  if (!layer.wildcard && !in_table(number)) return uapi::Errno::kEINVAL;
  const MutexLock lock(mu_);
  if (current_locked().sealed) return uapi::Errno::kEPERM;
  RouteSnapshot& table = own_locked();
  if (layer.target != nullptr) layer.target = LIND_TRY(keep(table, layer.target));
  if (!layer.wildcard) return lay(table, number, layer);
  for (std::int32_t each = 0; each < uapi::kLinuxNumbers; ++each)
    LIND_TRY(lay(table, each, layer));
  return {};
}

Result<void> RouteTable::remove(std::int32_t number, const Lineage& owner) {
  const bool wildcard = number == uapi::kEveryNumber;
  if (!wildcard && !in_table(number)) return uapi::Errno::kEINVAL;
  const MutexLock lock(mu_);
  if (current_locked().sealed) return uapi::Errno::kEPERM;
  RouteSnapshot& table = own_locked();
  std::size_t removed = 0;
  for (auto& [each, stack] : table.stacks) {
    if (!wildcard && each != number) continue;
    removed += std::erase_if(stack.layers, [&](const Layer& layer) {
      return layer.owner.get() == &owner && layer.wildcard == wildcard;
    });
    settle(table, each, stack);
  }
  return removed > 0 ? Result<void>() : Result<void>(uapi::Errno::kENOENT);
}

Result<void> RouteTable::copy_from(const RouteSnapshot& from, const Lineage& who) {
  const MutexLock lock(mu_);
  if (current_locked().sealed) return uapi::Errno::kEPERM;
  RouteSnapshot& table = own_locked();
  for (auto& [number, stack] : table.stacks) {
    std::erase_if(stack.layers, [&](const Layer& layer) { return belongs_to(layer, who); });
    settle(table, number, stack);
  }
  for (const auto& [number, stack] : from.stacks) {
    for (Layer layer : stack.layers) {
      if (!belongs_to(layer, who)) continue;
      if (layer.target != nullptr) layer.target = LIND_TRY(keep(table, layer.target));
      LIND_TRY(lay(table, number, layer));
    }
  }
  return {};
}

void RouteTable::seal() {
  const MutexLock lock(mu_);
  own_locked().sealed = true;
}

Result<RouteSnapshot::Stack> RouteTable::stack(std::int32_t number) const {
  if (!in_table(number)) return uapi::Errno::kEINVAL;
  const MutexLock lock(mu_);
  const RouteSnapshot& table = current_locked();
  const auto found = table.stacks.find(number);
  if (found != table.stacks.end()) return found->second;
  return RouteSnapshot::Stack{lookup(number), {}};
}

bool RouteTable::has_layers() const {
  const MutexLock lock(mu_);
  return !current_locked().stacks.empty();
}

std::shared_ptr<const RouteSnapshot> RouteTable::snapshot() const {
  const MutexLock lock(mu_);
  if (own_ == nullptr) return base_;
  return std::make_shared<const RouteSnapshot>(*own_);
}

}  // namespace lind::threei
