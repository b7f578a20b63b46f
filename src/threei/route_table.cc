#include "threei/route_table.h"

#include "base/check.h"

namespace lind::threei {

RouteTable::RouteTable(std::shared_ptr<const RouteSnapshot> initial) : current_(initial.get()) {
  LIND_CHECK(initial != nullptr);
  const MutexLock lock(mu_);
  kept_.push_back(std::move(initial));
}

Result<Route> RouteTable::set(std::int32_t number, Route route) {
  if (number < 0 || number >= uapi::kSyscallLimit) return uapi::Errno::kEINVAL;
  const auto index = static_cast<std::size_t>(number);
  const MutexLock lock(mu_);
  const Route old = kept_.back()->routes[index];
  auto changed = std::make_shared<RouteSnapshot>(*kept_.back());
  changed->routes[index] = route;
  // Pairs with the acquire in lookup.
  current_.store(changed.get(), std::memory_order_release);
  kept_.push_back(std::move(changed));
  return old;
}

std::shared_ptr<const RouteSnapshot> RouteTable::snapshot() const {
  const MutexLock lock(mu_);
  return kept_.back();
}

}  // namespace lind::threei
