/// \file
/// Who descends from whom: the ground of all authority in 3i.

#pragma once

#include <atomic>
#include <memory>

#include "base/ids.h"

namespace lind::threei {

/// A cage's place among its forebears.  Set at its birth by the host and never changed: neither
/// exec nor a new parent (an orphan's) makes it another one's descendant.
///
/// Ownership: counted; a cage and its descendants hold it.  Forebears that have ended are left out
/// when a descendant is born, so that a chain is as long as the living are many.
/// Threading: any thread.
class Lineage {
 public:
  explicit Lineage(CageId cage, std::shared_ptr<const Lineage> parent = nullptr)
      : cage_(cage), parent_(first_living(std::move(parent))) {}

  /// 0 once the cage has ended: its number may be another one's then.
  CageId cage() const noexcept { return ended_.load() ? CageId{} : cage_; }
  /// The nearest forebear that lived when this cage was born.
  const Lineage* parent() const noexcept { return parent_.get(); }
  /// Whether `forebear` is one, at any distance.
  bool descends_from(const Lineage& forebear) const noexcept {
    for (const Lineage* line = parent_.get(); line != nullptr; line = line->parent_.get()) {
      if (line == &forebear) return true;
    }
    return false;
  }
  void end() noexcept { ended_ = true; }

 private:
  static std::shared_ptr<const Lineage> first_living(std::shared_ptr<const Lineage> line) {
    while (line != nullptr && line->ended_.load())
      line = line->parent_;
    return line;
  }
  const CageId cage_;
  const std::shared_ptr<const Lineage> parent_;
  std::atomic<bool> ended_{false};
};

}  // namespace lind::threei
