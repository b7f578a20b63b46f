#include "runtime/store.h"

#include <algorithm>
#include <utility>

#include "runtime/instance.h"

namespace lind::runtime {

std::uint64_t Store::add(std::shared_ptr<Instance> instance, std::size_t num_functions) {
  const MutexLock lock(mu_);
  const std::uint64_t first = next_;
  entries_.push_back({first, std::move(instance)});
  next_ += num_functions;
  return first;
}

std::optional<FunctionHandle> Store::find(std::uint64_t reference) const {
  const std::optional<std::uint64_t> number = number_of(reference);
  const MutexLock lock(mu_);
  if (!number || *number >= next_) return std::nullopt;
  const auto behind = std::ranges::upper_bound(entries_, *number, {}, &Entry::first);
  const Entry& entry = *std::prev(behind);  // the first one starts at 0
  return FunctionHandle{entry.instance,
                        FuncIndex{static_cast<std::uint32_t>(*number - entry.first)}};
}

}  // namespace lind::runtime
