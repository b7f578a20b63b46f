/// \file
/// Instances that may import from one another.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"

namespace lind::runtime {

class Instance;

/// A function of an instance in a store.
struct FunctionHandle {
  std::shared_ptr<Instance> instance;
  FuncIndex function;
};

/// Keeps its instances, because tables and globals of one may refer to functions of any other, and
/// gives every function a number by which it is known outside its own module.
///
/// Ownership: whoever creates it; it must outlive every thread that runs in one of its instances.
/// Threading: any.  Lock order: table_mu() is below nothing, mu_ is a leaf.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Notes an instance; the number of its function 0.
  std::uint64_t add(std::shared_ptr<Instance> instance, std::size_t num_functions)
      LIND_EXCLUDES(mu_);
  /// The function that a word of for_all() names; nothing for any other word.
  std::optional<FunctionHandle> find(std::uint64_t reference) const LIND_EXCLUDES(mu_);

  /// The reference to function `number`, as every instance and every table understands it.
  static constexpr std::uint64_t for_all(std::uint64_t number) noexcept { return kMark | number; }
  /// The number in such a word, if it is one.
  static constexpr std::optional<std::uint64_t> number_of(std::uint64_t reference) noexcept {
    if ((reference & kMark) == 0) return std::nullopt;
    return reference & ~kMark;
  }

  /// Guards the tables of all instances, which share some of them.
  Mutex& table_mu() noexcept { return table_mu_; }

 private:
  /// Above every index of a function in its own module.
  static constexpr std::uint64_t kMark = std::uint64_t{1} << 62;
  struct Entry {
    std::uint64_t first;
    std::shared_ptr<Instance> instance;
  };

  Mutex table_mu_;
  mutable Mutex mu_;
  std::vector<Entry> entries_ LIND_GUARDED_BY(mu_);
  std::uint64_t next_ LIND_GUARDED_BY(mu_) = 0;
};

}  // namespace lind::runtime
